//! Weight files: reading, converting, checking.
