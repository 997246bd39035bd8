//! A page of chapters: its heading, the links to its chapters, and the chapters.

use maud::{Markup, html};

use super::{Frames, document};

/// A chapter with its content.
pub(crate) struct ShownChapter {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    /// Its title among the links at the top.
    pub(crate) short: &'static str,
    /// Empty where there is nothing to show: then the page has no such chapter.
    pub(crate) content: Markup,
}

/// What a page of chapters is made of.
pub(crate) struct ChapteredPage {
    pub(crate) title: String,
    pub(crate) headline: Markup,
    pub(crate) chapters: Vec<ShownChapter>,
    pub(crate) footer: Markup,
}

impl ChapteredPage {
    /// The whole page, ending in a line break.
    pub(crate) fn render(&self) -> String {
        let with_content = |chapter: &&ShownChapter| !chapter.content.0.is_empty();
        let shown: Vec<&ShownChapter> = self.chapters.iter().filter(with_content).collect();
        let body = html! {
            a.skip href="#main" { "Skip to the results" }
            header.top { div.wide { (self.headline) } }
            nav.chapters aria-label="Chapters" {
                ul.wide {
                    @for chapter in &shown {
                        li { a href={ "#" (chapter.id) } { (chapter.short) } }
                    }
                }
            }
            main id="main" tabindex="-1" { @for chapter in &shown { (section(chapter)) } }
            footer { div.wide { (self.footer) } }
        };
        document(&self.title, Frames::None, &body)
    }
}

fn section(chapter: &ShownChapter) -> Markup {
    html! {
        section.wide id=(chapter.id) aria-labelledby={ (chapter.id) "-title" } {
            h2 id={ (chapter.id) "-title" } { (chapter.title) }
            (chapter.content)
        }
    }
}
