//! The zoo: one file a variant, one line in the table.
//!
//! A variant's file holds its settings with the paper's defaults, its networks, and what each
//! player minimizes; nothing of loops, files or optimizers. [`ZOO`] is the table that the command
//! line, the README and the conformance tests are made from.

mod aae;
mod autoencoder;
mod bigan;
pub mod cases;
mod cgan;
mod code_prior;
mod coder;
mod codes;
mod consensus;
mod contrastive;
mod convolutional;
mod dbm;
mod dbn;
mod dcgan;
mod deep_machine;
mod dilated;
mod duel;
mod entry;
mod gaussian1d;
mod gmmn;
mod gran;
mod historical_average;
mod history;
mod infogan;
mod lapgan;
mod latents;
mod mlp;
mod networks;
mod packing;
mod partition;
mod pixels;
mod plain;
mod prior;
mod psgan;
mod rbm;
mod reference;
mod refusals;
mod restricted;
mod sources;
pub mod suite;
mod techniques;
mod vae;
mod vanilla;
mod wgan;
mod wgan_gp;

pub use aae::AaeConfig;
pub use autoencoder::AutoencoderConfig;
pub use bigan::{BiganConfig, Encoding};
pub use cgan::{CganConfig, Condition};
pub use code_prior::Shape;
pub use coder::Reconstruction;
pub use contrastive::Contrastive;
pub use dbm::DbmConfig;
pub use dbn::DbnConfig;
pub use dcgan::DcganConfig;
pub use dilated::{DilatedConfig, Start};
pub use entry::{Ask, Entry, Role, Setup};
pub use gaussian1d::{Gaussian1dConfig, Gaussian1dMlpConfig};
pub use gmmn::GmmnConfig;
pub use gran::GranConfig;
pub use infogan::InfoganConfig;
pub use lapgan::LapganConfig;
pub use mlp::Activation;
pub use pixels::Pixels;
pub use prior::Prior;
pub use psgan::PsganConfig;
pub use rbm::RbmConfig;
pub use sources::{SILENT, Source, Sources, sources};
pub use techniques::{NormChoice, Penalty, RealAndFake, Techniques};
pub use vae::{Decoder, VaeConfig};
pub use vanilla::VanillaConfig;
pub use wgan::{Architecture, WganConfig};

/// Every model, in the order of the README's table.
pub const ZOO: &[Entry] = &[
    gaussian1d::ENTRY,
    gaussian1d::ENTRY_MLP,
    vanilla::ENTRY,
    cgan::ENTRY,
    dcgan::ENTRY,
    wgan::ENTRY,
    wgan_gp::ENTRY,
    infogan::ENTRY,
    bigan::ENTRY,
    gmmn::ENTRY,
    lapgan::ENTRY,
    gran::ENTRY,
    psgan::ENTRY,
    dilated::ENTRY,
    autoencoder::ENTRY,
    vae::ENTRY,
    aae::ENTRY,
    rbm::ENTRY,
    dbn::ENTRY,
    dbm::ENTRY,
];

/// The entry of that name.
pub fn find(name: &str) -> Option<&'static Entry> {
    ZOO.iter().find(|e| e.name == name)
}
