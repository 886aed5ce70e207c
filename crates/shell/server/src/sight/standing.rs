//! How the trunks stand, in the text format of Prometheus.

use std::fmt::Write;

use rappel_trunk::{Reach, Registration, TrunkState};

/// Gauges of every trunk. What is not known of one, or does not apply to it, is left out.
pub(super) fn tell(text: &mut String, trunks: &[TrunkState]) {
    let answers = |trunk: &TrunkState| match trunk.reach {
        Reach::Up => Some(1),
        Reach::Down(_) => Some(0),
        Reach::Unknown => None,
    };
    let registered = |trunk: &TrunkState| match trunk.registration {
        Registration::None => None,
        Registration::Registered { .. } => Some(1),
        Registration::Trying | Registration::Failed { .. } => Some(0),
    };
    let gauges: [(&str, &str, &str, Of<'_>); 7] = [
        (
            "rappel_trunk_answers",
            "Whether the trunk answers when it is asked (OPTIONS); not told before it was asked",
            "",
            &answers,
        ),
        (
            "rappel_trunk_registered",
            "Whether the trunk has registered us; not told of one that knows us by our address",
            "",
            &registered,
        ),
        (
            "rappel_trunk_draining",
            "Whether the trunk takes no new calls",
            "",
            &|trunk| Some(u32::from(trunk.drained.is_some())),
        ),
        (
            "rappel_trunk_calls",
            "Calls through the trunk now",
            ",direction=\"out\"",
            &|trunk| Some(trunk.out),
        ),
        ("rappel_trunk_calls", "", ",direction=\"in\"", &|trunk| {
            Some(trunk.inward)
        }),
        (
            "rappel_trunk_calls_limit",
            "Calls out that the trunk may carry at once; not told of one without a bound",
            "",
            &|trunk| trunk.caps.calls,
        ),
        (
            "rappel_trunk_channels_limit",
            "Calls in both directions that the trunk may carry at once; not told of one without a bound",
            "",
            &|trunk| trunk.caps.channels,
        ),
    ];
    for (name, help, more, of) in gauges {
        if !help.is_empty() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "# HELP {name} {help}.\n# TYPE {name} gauge");
        }
        for trunk in trunks {
            if let Some(value) = of(trunk) {
                let trunk = escaped(trunk.name.as_str());
                let _ = writeln!(text, "{name}{{trunk=\"{trunk}\"{more}}} {value}");
            }
        }
    }
}

/// What is read of one trunk.
type Of<'a> = &'a dyn Fn(&TrunkState) -> Option<u32>;

/// A name as the value of a label.
fn escaped(name: &str) -> String {
    let name = name.replace('\\', "\\\\").replace('"', "\\\"");
    name.replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use rappel_model::Timestamp;
    use rappel_trunk::{Caps, DrainedBy, Standing};

    use super::*;

    #[test]
    fn every_trunk_is_told_as_far_as_it_is_known() {
        let full = TrunkState {
            name: "main".into(),
            drained: None,
            standing: Standing::Well,
            reach: Reach::Up,
            probe: None,
            registration: Registration::Registered {
                until: Timestamp::from_micros(0),
            },
            out: 2,
            inward: 1,
            caps: Caps {
                calls: Some(10),
                channels: None,
                per_second: None,
            },
        };
        let bare = TrunkState {
            name: "b\"c".into(),
            drained: Some(DrainedBy::Operator),
            reach: Reach::Unknown,
            registration: Registration::None,
            caps: Caps::default(),
            ..full.clone()
        };
        let mut text = String::new();
        tell(&mut text, &[full, bare]);
        for line in [
            "rappel_trunk_answers{trunk=\"main\"} 1",
            "rappel_trunk_registered{trunk=\"main\"} 1",
            "rappel_trunk_draining{trunk=\"main\"} 0",
            "rappel_trunk_draining{trunk=\"b\\\"c\"} 1",
            "rappel_trunk_calls{trunk=\"main\",direction=\"out\"} 2",
            "rappel_trunk_calls{trunk=\"main\",direction=\"in\"} 1",
            "rappel_trunk_calls_limit{trunk=\"main\"} 10",
        ] {
            assert!(text.lines().any(|told| told == line), "{line}\n{text}");
        }
        for unknown in ["answers", "registered", "calls_limit"] {
            let line = format!("rappel_trunk_{unknown}{{trunk=\"b");
            assert!(!text.contains(&line), "{text}");
        }
        // One explanation each, as the format wants it.
        assert_eq!(text.matches("# TYPE rappel_trunk_calls gauge").count(), 1);
    }
}
