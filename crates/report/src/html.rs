//! The HTML page of a recording: one file that loads nothing, with static pictures and their tables.
//!
//! Each chapter has a file with its name; `figure`, `scale` and `svg` are what pictures are made of, `anchor`
//! names what can be linked to, `shelf` lists recordings for `batchmark serve`, `merge` shows several places.
//! Sentences come from `words`.
//! Nothing here computes a statistic.

mod anchor;
mod answer;
mod causes;
mod caveats;
mod chapters;
mod code_lines;
mod cost_model;
mod drift;
mod environment;
mod failures;
mod fairness;
mod figure;
mod forest;
mod forest_row;
mod gains;
mod merge;
mod scale;
mod shelf;
mod size;
mod stacked;
mod svg;
mod times;
mod trials;
mod waterfall;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use explain::Analysis;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use model::recording::Recording;

use crate::printable::acts;
use chapters::{ChapteredPage, ShownChapter};

pub use merge::merge;
pub use shelf::{Listed, State, Summary, list, side_by_side};

/// The page's style and its script, which the page permits by their hashes.
const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// What a chapter is made of: nothing where the recording has nothing to show there.
type Content = fn(&Analysis, &Recording) -> Markup;

/// A part of the page below its own heading.
struct Chapter {
    id: &'static str,
    title: &'static str,
    /// Its title among the links at the top.
    short: &'static str,
    content: Content,
}

/// The chapters in the order of the page.
const CHAPTERS: [Chapter; 12] = [
    Chapter { id: "failures", title: "Failures", short: "Failures", content: failures::section },
    Chapter { id: "causes", title: "Causes and gains", short: "Causes", content: causes::section },
    Chapter { id: "times", title: "Times", short: "Times", content: times::section },
    Chapter { id: "ratios", title: "Ratios", short: "Ratios", content: forest::section },
    Chapter {
        id: "path",
        title: "Where the time goes",
        short: "Where time goes",
        content: stacked::section,
    },
    Chapter {
        id: "waterfall",
        title: "Single trials over time",
        short: "Waterfall",
        content: waterfall::section,
    },
    Chapter {
        id: "cost-model",
        title: "Cost model",
        short: "Cost model",
        content: cost_model::section,
    },
    Chapter {
        id: "drift",
        title: "Drift over the blocks",
        short: "Drift",
        content: drift::section,
    },
    Chapter { id: "lines", title: "Lines of code", short: "Code", content: code_lines::section },
    Chapter {
        id: "fairness",
        title: "Uncontrolled differences",
        short: "Differences",
        content: fairness::section,
    },
    Chapter {
        id: "environment",
        title: "Environment",
        short: "Environment",
        content: environment::section,
    },
    Chapter { id: "caveats", title: "Caveats", short: "Caveats", content: caveats::section },
];

/// A recording as an HTML page, ending in a line break. Whatever a server, a client or a user put into the
/// recording is text in it, without control characters.
pub fn page(analysis: &Analysis, recording: &Recording) -> String {
    let shown = |chapter: &Chapter| ShownChapter {
        id: chapter.id,
        title: chapter.title,
        short: chapter.short,
        content: (chapter.content)(analysis, recording),
    };
    let page = ChapteredPage {
        title: answer::title(analysis, recording),
        headline: answer::headline(analysis, recording),
        chapters: CHAPTERS.iter().map(shown).collect(),
        footer: environment::footer(recording),
    };
    page.render()
}

/// A whole document around the content of its body.
fn document(title: &str, frames: Frames, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy(frames));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content="batchmark";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (svg::patterns())
                (body)
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    let mut text = printable(page.into_string());
    text.push('\n');
    text
}

/// What a page may show in frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frames {
    /// Nothing.
    None,
    /// Other pages of the same server.
    Own,
}

/// A page that says one sentence.
pub fn notice(sentence: &str) -> String {
    document(
        "batchmark",
        Frames::None,
        &html! {
            header.top { div.wide { p.brand { "batchmark" } h1 { span { (sentence) } } } }
            main.wide { p { a href="/" { "All recordings" } } }
        },
    )
}

/// What a page may load and run: its own style and script, and nothing else.
pub fn policy(frames: Frames) -> String {
    let hash = |text: &str| {
        let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        BASE64_STANDARD.encode(digest.as_ref())
    };
    let frames = match frames {
        Frames::None => "'none'",
        Frames::Own => "'self'",
    };
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; frame-src {frames}; \
         base-uri 'none'; form-action 'self'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// The text with a visible sign in place of every character that acts, except line breaks.
fn printable(text: String) -> String {
    let acts = |letter: char| acts(letter) && letter != '\n';
    if !text.contains(acts) {
        return text;
    }
    text.chars()
        .map(|letter| if acts(letter) { char::REPLACEMENT_CHARACTER } else { letter })
        .collect()
}

#[cfg(test)]
mod tests;
