//! The colours of the roles: far apart for every kind of colour vision, in light and in dark.
//!
//! Each role also has a shape or a line of its own, so that nothing is told by colour alone.

use crate::story::Doing;

/// Fill and text colour of a role.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ink {
    /// Background.
    pub fill: &'static str,
    /// Text on it.
    pub text: &'static str,
}

/// A role in both themes, and its second cue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Role {
    /// Name of its CSS class.
    pub class: &'static str,
    /// On white.
    pub light: Ink,
    /// On the dark page.
    pub dark: Ink,
    /// The line around it.
    pub line: &'static str,
}

const fn role(
    class: &'static str,
    light: (&'static str, &'static str),
    dark: (&'static str, &'static str),
    line: &'static str,
) -> Role {
    Role {
        class,
        light: Ink { fill: light.0, text: light.1 },
        dark: Ink { fill: dark.0, text: dark.1 },
        line,
    }
}

/// The page in light and in dark.
pub const PAGE: Role = role("page", ("#FFFFFF", "#1A1A1A"), ("#12161C", "#E8ECF1"), "none");
/// A packet.
pub const PACKET: Role = role("packet", ("#001F7C", "#FFFFFF"), ("#3B60B1", "#FFFFFF"), "none");
/// A violation.
pub const WRONG: Role = role("wrong", ("#50001D", "#FFFFFF"), ("#C9070E", "#FFFFFF"), "thick");
const RUNNING: Role = role("running", ("#006D62", "#FFFFFF"), ("#78FEF2", "#000000"), "solid");
const WAITING: Role = role("waiting", ("#8796AD", "#000000"), ("#8DA3B3", "#000000"), "dashed");
const BLOCKED: Role = role("blocked", ("#D1830D", "#000000"), ("#FFD428", "#000000"), "double");
/// Ready counts as active, so it has the colour of running, hollow.
const READY: Role = role("ready", ("#FFFFFF", "#006D62"), ("#12161C", "#78FEF2"), "solid");
/// Spinning is running without getting anywhere: the same colour, hollow, dotted.
const SPINNING: Role = role("spinning", ("#FFFFFF", "#006D62"), ("#12161C", "#78FEF2"), "dotted");
const EXITED: Role = role("exited", ("#FFFFFF", "#1A1A1A"), ("#12161C", "#E8ECF1"), "none");

/// The role of what a thread does.
pub fn of(doing: Doing) -> Role {
    match doing {
        Doing::Running => RUNNING,
        Doing::Ready => READY,
        Doing::Waiting => WAITING,
        Doing::Blocked => BLOCKED,
        Doing::Spinning => SPINNING,
        Doing::Exited => EXITED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance after WCAG 2.
    fn luminance(hex: &str) -> f64 {
        let channel = |at: usize| {
            let value = u8::from_str_radix(&hex[at..at + 2], 16).expect("a hex colour");
            let value = f64::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn roles() -> Vec<Role> {
        let mut roles = vec![PAGE, PACKET, WRONG];
        roles.extend(Doing::ALL.map(of));
        roles
    }

    #[test]
    fn text_on_every_role_can_be_read() {
        for role in roles() {
            for ink in [role.light, role.dark] {
                let contrast = contrast(ink.fill, ink.text);
                assert!(contrast >= 4.5, "{} {}: {contrast:.2}", role.class, ink.fill);
            }
        }
    }

    #[test]
    fn every_filled_shape_stands_out_from_the_page() {
        for role in [PACKET, WRONG, RUNNING, WAITING, BLOCKED] {
            assert!(contrast(role.light.fill, PAGE.light.fill) >= 2.9, "{} light", role.class);
            assert!(contrast(role.dark.fill, PAGE.dark.fill) >= 2.9, "{} dark", role.class);
        }
    }

    #[test]
    fn no_two_things_a_thread_does_look_alike_without_colour() {
        let mut cues: Vec<_> = Doing::ALL
            .iter()
            .map(|doing| (of(*doing).line, of(*doing).light.fill == PAGE.light.fill))
            .collect();
        cues.sort_unstable();
        cues.dedup();
        assert_eq!(cues.len(), Doing::ALL.len());
    }
}
