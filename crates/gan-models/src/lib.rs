//! The zoo: one file a variant, one table
