//! Steps a second, smoothed over the last ten seconds or so.

/// Seconds after which a step's weight has fallen to 1/e.
const WINDOW: f64 = 10.0;

/// A smoothed rate: both steps and seconds are forgotten at the same pace.
#[derive(Debug, Default)]
pub struct Rate {
    steps: f64,
    seconds: f64,
}

impl Rate {
    /// One more step, `seconds` after the one before.
    pub fn add(&mut self, seconds: f64) {
        let keep = (-seconds / WINDOW).exp();
        self.steps = self.steps * keep + 1.0;
        self.seconds = self.seconds * keep + seconds;
    }

    /// Steps a second; 0 before the first.
    pub fn per_second(&self) -> f64 {
        if self.seconds > 0.0 { self.steps / self.seconds } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_follows_a_change_of_pace() {
        let mut rate = Rate::default();
        assert_eq!(rate.per_second(), 0.0);
        (0..100).for_each(|_| rate.add(0.1));
        assert!((rate.per_second() - 10.0).abs() < 1e-9);
        (0..100).for_each(|_| rate.add(1.0));
        assert!((rate.per_second() - 1.0).abs() < 0.05);
    }
}
