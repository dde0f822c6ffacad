//! Inception-v3 in its three layouts.
