//! Encoder and decoder between samples and codes, and the pictures that codes allow.

use crate::mlp::{Mlp, MlpShape};
use crate::pixels::brightness;
use crate::{Activation, Setup};
use candle_core::{Result, Tensor};
use gan_images::{Figure, Series, Style};
use gan_kernels::activation::sigmoid;
use gan_kernels::read::values;
use gan_layers::{ParamStore, Pass};
use gan_losses::variational::{bernoulli, half_squared_error};
use gan_statistics::normal_quantile;
use gan_train::{Error, Sample, Sheet, Tap};
use serde::{Deserialize, Serialize};

/// Samples and their reconstructions on a sheet, side by side.
const SHOWN: usize = 10;
/// Images along an edge of a manifold.
const EDGE: usize = 20;

/// What a reconstruction costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reconstruction {
    /// `½‖x − x̂‖²`, pixels in `[0, 1]`.
    Euclidean,
    /// The cross-entropy of pixels in `[0, 1]`; `½‖x − x̂‖²` of points.
    #[default]
    CrossEntropy,
}

/// How a [`Coder`] is built.
pub(crate) struct CoderShape<'a> {
    /// Width of the code.
    pub code: usize,
    /// Outputs of the encoder: the code's width, or twice that for means and variances.
    pub heads: usize,
    /// Widths of the encoder's hidden layers; the decoder has them in reverse.
    pub hidden: &'a [usize],
    pub activation: Activation,
}

/// Two networks: `enc.` from samples to codes, `dec.` from codes to samples.
pub(crate) struct Coder {
    encoder: Mlp,
    decoder: Mlp,
    shape: Vec<usize>,
}

impl Coder {
    pub fn new(store: &mut ParamStore, setup: &Setup, of: &CoderShape<'_>) -> Result<Self> {
        let size = setup.shape().iter().product();
        let reversed: Vec<usize> = of.hidden.iter().rev().copied().collect();
        let shape = |inputs, hidden, outputs| MlpShape {
            inputs,
            hidden,
            outputs,
            activation: of.activation,
            ..MlpShape::default()
        };
        Ok(Self {
            encoder: Mlp::new(store, "enc", &shape(size, of.hidden, of.heads))?,
            decoder: Mlp::new(store, "dec", &shape(of.code, &reversed, size))?,
            shape: setup.shape().to_vec(),
        })
    }

    /// Whether samples are images, which the decoder gives logits of, and not points.
    pub fn makes_images(&self) -> bool {
        self.shape.len() == 3
    }

    /// What the networks see of samples: pixels in `[0, 1]`, points as they are; `(n, size)`.
    pub fn flat(&self, x: &Tensor) -> Result<Tensor> {
        if self.makes_images() { brightness(x) } else { x.flatten_from(1) }
    }

    /// `flat`: `(n, size)`; result `(n, heads)`.
    pub fn encode(&self, flat: &Tensor, pass: &mut Pass<'_>) -> Result<Tensor> {
        self.encoder.forward(flat, pass)
    }

    /// `code`: `(n, code)`; result `(n, size)`: logits of pixels, or points.
    pub fn decode(&self, code: &Tensor, pass: &mut Pass<'_>) -> Result<Tensor> {
        self.decode_tapped(code, None, pass)
    }

    /// [`Coder::decode`], with its hidden layers shown.
    pub fn decode_tapped(
        &self,
        code: &Tensor,
        tap: Option<&mut Tap<'_>>,
        pass: &mut Pass<'_>,
    ) -> Result<Tensor> {
        self.decoder.forward_tapped(code, tap, pass)
    }

    /// The decoder's output on the scale of [`Coder::flat`].
    pub fn mean(&self, decoded: &Tensor) -> Result<Tensor> {
        if self.makes_images() { sigmoid(decoded) } else { Ok(decoded.clone()) }
    }

    /// `(n, size)` on the scale of [`Coder::flat`] as samples.
    pub fn samples(&self, flat: &Tensor) -> Result<Sample> {
        if self.makes_images() {
            return Ok(Sample::Images(crate::pixels::image(flat, &self.shape)?));
        }
        let mut full = vec![flat.dim(0)?];
        full.extend(&self.shape);
        Ok(Sample::Points(flat.reshape(full)?))
    }

    /// What reconstructing `flat` as `decoded` costs, `(n,)`.
    pub fn cost(&self, how: Reconstruction, decoded: &Tensor, flat: &Tensor) -> Result<Tensor> {
        match how {
            Reconstruction::CrossEntropy if self.makes_images() => bernoulli(decoded, flat)?.neg(),
            _ => half_squared_error(&self.mean(decoded)?, flat),
        }
    }

    /// The first examples, each row of them above the row of their reconstructions.
    pub fn reconstructions(
        &self,
        setup: &Setup,
        rebuild: &mut dyn FnMut(&Tensor) -> Result<Tensor>,
    ) -> gan_train::Result<Option<Sheet>> {
        let (Some(examples), true) = (&setup.examples, self.makes_images()) else {
            return Ok(None);
        };
        let x = examples.narrow(0, 0, examples.dim(0)?.min(3 * SHOWN))?;
        let rebuilt = self.samples(&rebuild(&self.flat(&x)?)?)?;
        let mut rows = Vec::new();
        for start in (0..x.dim(0)?).step_by(SHOWN) {
            let count = SHOWN.min(x.dim(0)? - start);
            rows.push(x.narrow(0, start, count)?);
            rows.push(rebuilt.tensor().narrow(0, start, count)?);
        }
        let columns = x.dim(0)?.min(SHOWN);
        Ok(Some(Sheet { name: "reconstructions".into(), images: Tensor::cat(&rows, 0)?, columns }))
    }

    /// What is decoded from a grid of codes in two dimensions, at equal steps of the normal
    /// distribution's shares (arXiv 1312.6114, appendix A), times `scale`.
    pub fn manifold(
        &self,
        setup: &Setup,
        scale: f64,
        pass: &mut Pass<'_>,
    ) -> gan_train::Result<Option<Sheet>> {
        if !self.makes_images() {
            return Ok(None);
        }
        let at = |i: usize| {
            let x = normal_quantile((i as f64 + 0.5) / EDGE as f64);
            x.map(|x| (scale * x) as f32)
        };
        let told = |e: gan_statistics::StatisticsError| Error::Config(format!("manifold: {e}"));
        let mut grid = Vec::new();
        for i in 0..EDGE * EDGE {
            // Left to right along the first, bottom to top along the second.
            grid.push(at(i % EDGE).map_err(told)?);
            grid.push(at(EDGE - 1 - i / EDGE).map_err(told)?);
        }
        let z = Tensor::from_vec(grid, (EDGE * EDGE, 2), &setup.device)?.to_dtype(setup.dtype)?;
        let made = self.samples(&self.mean(&self.decode(&z, pass)?)?)?;
        Ok(Some(Sheet { name: "manifold".into(), images: made.tensor().clone(), columns: EDGE }))
    }
}

/// Codes of the data over draws of what they should be, in the first two dimensions.
pub(crate) fn code_figure(codes: &Tensor, prior: &Tensor) -> Result<Option<Figure>> {
    let width = codes.dim(1)?;
    if width < 2 {
        return Ok(None);
    }
    let series = |name: &str, color, t: &Tensor| {
        let rows = values(t)?;
        let points = rows.chunks_exact(width).map(|row| (row[0], row[1])).collect();
        Ok::<_, candle_core::Error>(Series {
            name: name.into(),
            color,
            style: Style::Points,
            points,
        })
    };
    Ok(Some(Figure {
        title: "codes of the data over the prior".into(),
        x_label: "first dimension".into(),
        y_label: "second".into(),
        series: vec![
            series("prior", [190, 190, 190], prior)?,
            series("data", [31, 119, 180], codes)?,
        ],
        ..Figure::default()
    }))
}

/// Refuses networks that cannot be.
pub(crate) fn check_coder(code: usize, hidden: &[usize]) -> gan_train::Result<()> {
    if code == 0 || hidden.contains(&0) {
        return Err(Error::Config("model: expected widths of 1 or more, found a 0".into()));
    }
    Ok(())
}
