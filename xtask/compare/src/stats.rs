//! Medians, quartiles and ratios of page loads.

use crate::time::Load;

/// The middle half of some values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) lower: f64,
    pub(crate) median: f64,
    pub(crate) upper: f64,
}

impl Spread {
    /// Returns `None` if there is no value.
    pub(crate) fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let quantile = |share: f64| {
            let place = share * (values.len().checked_sub(1)?) as f64;
            let (below, above) =
                (values.get(place.floor() as usize)?, values.get(place.ceil() as usize)?);
            Some(below + (above - below) * place.fract())
        };
        Some(Self { lower: quantile(0.25)?, median: quantile(0.5)?, upper: quantile(0.75)? })
    }

    /// Returns how many times as long the loads took as those of the base in the same rounds.
    pub(crate) fn of_ratios(loads: &[Load], base: &[Load]) -> Option<Self> {
        Self::of(loads.iter().zip(base).map(|(load, base)| load.token / base.token).collect())
    }
}

/// Returns the median time from navigation to token, in milliseconds.
pub(crate) fn median_token(loads: &[Load]) -> Option<f64> {
    Some(Spread::of(loads.iter().map(|it| it.token).collect())?.median)
}

/// Returns the median time that the script needed after it had run, in milliseconds.
pub(crate) fn median_after_script(loads: &[Load]) -> Option<f64> {
    Some(Spread::of(loads.iter().map(|it| it.token - it.evaluated).collect())?.median)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_are_between_the_values() {
        let spread = Spread { lower: 2.0, median: 3.0, upper: 4.0 };
        assert_eq!(Spread::of(vec![5.0, 1.0, 4.0, 2.0, 3.0]), Some(spread));
        let spread = Spread { lower: 1.25, median: 1.5, upper: 1.75 };
        assert_eq!(Spread::of(vec![2.0, 1.0]), Some(spread));
        assert_eq!(Spread::of(Vec::new()), None);
    }

    #[test]
    fn loads_are_compared_with_those_of_the_same_round() {
        let loads = |times: [f64; 3]| times.map(|token| Load { evaluated: 0.0, token });
        let ratios = Spread::of_ratios(&loads([10.0, 40.0, 30.0]), &loads([10.0, 20.0, 10.0]));
        assert_eq!(ratios.map(|it| it.median), Some(2.0));
    }
}
