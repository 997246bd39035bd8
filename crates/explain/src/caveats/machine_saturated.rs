//! `machine_saturated`: the machine's cores were busy most of the time.

use super::detected::{CaveatKind, Detected};
use super::input::CaveatInput;

/// From this share of the processors' time on, the machine counts as saturated.
const SATURATED: f64 = 0.9;

/// The machine's cores were busy most of the time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MachineSaturated {
    /// The share of all processors' time that was busy during the blocks, from 0 to 1.
    pub busy: f64,
}

impl CaveatKind for MachineSaturated {}

/// Detects it in a run that came to its end.
pub(super) fn detect(input: &CaveatInput<'_>) -> Option<Detected<MachineSaturated>> {
    let busy = input.recording.closing.as_ref()?.busy?;
    let figures = MachineSaturated { busy };
    (busy >= SATURATED).then(|| Detected::new(input.measured_names(), figures))
}

#[cfg(test)]
mod tests {
    use crate::caveats::tests::codes;
    use test_support::sample::Sample;

    #[test]
    fn a_machine_is_saturated_from_nine_tenths_of_its_time_on() {
        let codes = |busy| {
            let mut recording = Sample::three_strategies(12);
            recording.closing.as_mut().expect("it came to its end").busy = busy;
            codes(&recording)
        };
        assert_eq!(codes(Some(0.89)), [""; 0]);
        assert_eq!(codes(Some(0.9)), ["machine_saturated"]);
        assert_eq!(codes(None), [""; 0]);
    }
}
