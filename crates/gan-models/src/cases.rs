//! The training cases that `gan bench` times, shaped as the usual PyTorch scripts shape them.

/// One timed case: an entry of the zoo on data of one shape.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// As the command line takes it.
    pub name: &'static str,
    /// The zoo's entry.
    pub entry: &'static str,
    /// TOML merged over the entry's default `[model]` table.
    pub model: &'static str,
    /// Shape of one sample.
    pub shape: &'static [usize],
    /// Samples a batch.
    pub batch: usize,
    /// Steps timed by default.
    pub steps: usize,
}

impl Case {
    /// The shape of one sample with another side in pixels, or `None` where samples have no side.
    pub fn with_side(&self, side: usize) -> Option<Vec<usize>> {
        match *self.shape {
            [channels, _, _] => Some(vec![channels, side, side]),
            _ => None,
        }
    }
}

/// Every case.
pub const CASES: &[Case] = &[
    Case {
        name: "dcgan64",
        entry: "dcgan",
        model: "features = 64",
        shape: &[3, 64, 64],
        batch: 64,
        steps: 12,
    },
    Case {
        name: "dcgan28",
        entry: "dcgan",
        model: "features = 64",
        shape: &[1, 28, 28],
        batch: 128,
        steps: 120,
    },
    Case { name: "fc28", entry: "vanilla", model: "", shape: &[784], batch: 128, steps: 120 },
    Case {
        name: "ring",
        entry: "vanilla",
        model: "z = 2\ngenerator_hidden = [128, 128]\ngenerator_activation = \"relu\"\n\
                discriminator_hidden = [128, 128]",
        shape: &[2],
        batch: 100,
        steps: 1200,
    },
];
