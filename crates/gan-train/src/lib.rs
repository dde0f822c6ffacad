//! The one training loop: games, optimisers, checkpoints, run directories
