//! GAN losses as free functions, each with its equation and paper
