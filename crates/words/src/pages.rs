//! The pages of findings and caveats, by their codes: what `batchmark explain` prints and what
//! `docs/` holds.

use explain::{CaveatCode, FindingCode};

use crate::{caveats, findings};

/// The page of a code.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The code, as the JSON writes it.
    pub code: &'static str,
    /// What it means in a few words.
    pub title: &'static str,
    /// Markdown that starts with `# code`.
    pub text: &'static str,
}

/// The pages of all findings.
pub fn collect_finding_pages() -> Vec<Page> {
    let page = |code: FindingCode| Page {
        code: code.name(),
        title: findings::title(code),
        text: findings::page(code),
    };
    FindingCode::ALL.map(page).to_vec()
}

/// The pages of all caveats, the most serious first.
pub fn collect_caveat_pages() -> Vec<Page> {
    let page = |code: CaveatCode| Page {
        code: code.name(),
        title: caveats::title(code),
        text: caveats::page(code),
    };
    CaveatCode::ALL.map(page).to_vec()
}

/// The page of a code; one text where a finding and a caveat share it.
pub fn page(code: &str) -> Option<String> {
    let pages: Vec<&str> =
        all().into_iter().filter(|page| page.code == code).map(|page| page.text).collect();
    (!pages.is_empty()).then(|| pages.join("\n"))
}

/// All codes.
pub fn codes() -> impl Iterator<Item = &'static str> {
    all().into_iter().map(|page| page.code)
}

/// The list of all codes with their titles, ending in a line break.
pub fn index() -> String {
    let width = codes().map(str::len).max().unwrap_or_default();
    let list = |title: &str, pages: Vec<Page>| {
        let lines: Vec<String> =
            pages.iter().map(|page| format!("  {:width$}  {}", page.code, page.title)).collect();
        format!("{title}\n{}\n", lines.join("\n"))
    };
    format!(
        "{}\n{}\nbatchmark explain CODE prints the page of a code.\n",
        list("Findings: causes of a batch's time", collect_finding_pages()),
        list("Caveats: reasons to trust a result less", collect_caveat_pages())
    )
}

fn all() -> Vec<Page> {
    [collect_finding_pages(), collect_caveat_pages()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_starts_with_its_code_and_says_what_it_means_and_what_to_do() {
        for page in all() {
            assert!(page.text.starts_with(&format!("# {}\n", page.code)), "{}", page.code);
            assert!(page.text.contains("## What it means"), "{}", page.code);
            assert!(page.text.lines().count() > 10, "{}", page.code);
        }
    }

    #[test]
    fn the_index_lists_every_code() {
        let index = index();
        assert!(codes().all(|code| index.contains(code)));
    }

    #[test]
    fn an_unknown_code_has_no_page() {
        assert_eq!(page("no_such_code"), None);
    }
}
