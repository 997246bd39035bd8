//! The width and the colours of the output. A colour never carries meaning alone.

use model::phase::Phase;

/// How to lay out text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// How many columns a line may have, between 60 and 200.
    pub width: usize,
    /// Whether words are coloured.
    pub colour: Colour,
    /// Which characters draw histograms.
    pub glyphs: Glyphs,
}

/// Which characters draw histograms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// Blocks.
    #[default]
    Unicode,
    /// Those of every terminal: where the locale says that it has no other ones.
    Ascii,
}

/// Whether words are coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Never: for files, pipes and `NO_COLOR`.
    Off,
    /// With ANSI escape sequences.
    Ansi,
}

impl Default for Style {
    /// Eighty columns, no colours.
    fn default() -> Self {
        Self { width: 80, colour: Colour::Off, glyphs: Glyphs::Unicode }
    }
}

/// The meaning of a colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ink {
    /// No meaning.
    #[default]
    Plain,
    /// A heading.
    Heading,
    /// Good news.
    Good,
    /// Bad news.
    Bad,
    /// Undecided.
    Unsure,
    /// A phase of a request, as a filled area.
    Phase(Phase),
}

impl Style {
    const NARROWEST: usize = 60;
    const WIDEST: usize = 200;

    /// How many columns a line may have.
    pub(crate) fn columns(self) -> usize {
        self.width.clamp(Self::NARROWEST, Self::WIDEST)
    }

    /// The text in this ink, where there are colours.
    pub(crate) fn paint(self, text: &str, ink: Ink) -> String {
        let code = match (self.colour, ink) {
            (Colour::Off, _) | (_, Ink::Plain) => return text.to_owned(),
            (Colour::Ansi, Ink::Heading) => "1",
            (Colour::Ansi, Ink::Good) => "32",
            (Colour::Ansi, Ink::Bad) => "31",
            (Colour::Ansi, Ink::Unsure) => "33",
            (Colour::Ansi, Ink::Phase(phase)) => match phase {
                Phase::Client => "97;100",
                Phase::Queue => "30;43",
                Phase::Dns => "30;46",
                Phase::Connect => "97;41",
                Phase::Tls => "97;45",
                Phase::Send => "30;106",
                Phase::Wait => "30;42",
                Phase::Receive => "97;44",
            },
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}
