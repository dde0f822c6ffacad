//! Layers, seeded initialisers and the parameter store
