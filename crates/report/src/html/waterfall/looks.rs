//! What the phases and the states of threads look like: a colour with a hatching, so that no two differ by
//! their colour alone.

use maud::{Markup, html};

/// A hatching is stretched with its drawing, which is about this many times as wide as its picture.
const STRETCHED: &str = "scale(2.5 1)";

/// A class of areas: its colour by the class of its ground, and the lines over it.
struct Look {
    class: &'static str,
    ground: &'static str,
    lines: &'static str,
}

const fn look(class: &'static str, ground: &'static str, lines: &'static str) -> Look {
    Look { class, ground, lines }
}

const FALLING: &str = "M0 0L6 6M-1 5L1 7M5 -1L7 1";
const RISING: &str = "M0 6L6 0M-1 1L1 -1M5 7L7 5";
const DOTS: &str = "M3 3h.01";
const UPRIGHT: &str = "M3 0v6";
const LEVEL: &str = "M0 3h6";
const NONE: &str = "";

const LOOKS: [Look; 17] = [
    look("of-client", "client", DOTS),
    look("of-queue", "queue", RISING),
    look("of-dns", "opening", LEVEL),
    look("of-connect", "opening", UPRIGHT),
    look("of-tls", "opening", FALLING),
    look("of-send", "server", LEVEL),
    look("of-wait", "exchange", NONE),
    look("of-receive", "exchange", UPRIGHT),
    look("awake", "client", NONE),
    look("for-network", "exchange", LEVEL),
    look("for-timer", "server", DOTS),
    look("for-sleep", "queue", DOTS),
    look("for-gil", "server", FALLING),
    look("for-lock", "queue", RISING),
    look("for-child", "opening", RISING),
    look("for-lookup", "opening", DOTS),
    look("for-file", "opening", LEVEL),
];

/// The patterns that the style names `look-…`.
pub(super) fn patterns() -> Markup {
    html! {
        svg.definitions width="0" height="0" aria-hidden="true" focusable="false" {
            defs {
                @for Look { class, ground, lines } in &LOOKS {
                    pattern id={ "look-" (class) } width="6" height="6" patternUnits="userSpaceOnUse"
                        patternTransform=(STRETCHED) {
                        rect class={ "part " (ground) } x="-1" y="-1" width="8" height="8" {}
                        @if !lines.is_empty() { path.hatch d=(lines) {} }
                    }
                }
            }
        }
    }
}
