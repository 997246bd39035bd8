//! The words of `shadowed_module`.

use explain::caveats::ShadowedModule;

use super::parts::first_that_fits;

pub(super) const TITLE: &str =
    "A Python module is provided by another package than the one of its name";

pub(super) const PAGE: &str = "\
# shadowed_module

A Python module is provided by another package than the one of its name.

## What it means

Two Python packages can install a module of the same name; the one installed last wins.
`urllib3-future` does this with `urllib3`: everything that imports `urllib3` then runs a different
client, with other times, under the usual name. `requests` is affected too.

## How it is detected

The Python driver looks up which installed package owns each client module. The caveat appears if
the package has another name than the module, even if all arms are affected.

## What to do

- To measure the original, use an environment without the other package: `--python PATH`.
- If the replacement is what you run in production, ignore the caveat.
";

pub(super) fn short(found: &ShadowedModule) -> String {
    let ShadowedModule { module, version, distribution } = found;
    first_that_fits([
        format!("{module} is really {distribution} {version}: choose another --python"),
        format!("{module} is really {distribution}: choose another --python"),
    ])
}

pub(super) fn sentence(found: &ShadowedModule) -> String {
    let ShadowedModule { module, version, distribution } = found;
    format!(
        "The module {module} comes from the package {distribution} {version}, not from {module}. \
         Everything that imports it is a different client under the same name. To measure {module} \
         itself, use an environment without {distribution} (--python PATH)."
    )
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::assert_short;
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn names_the_package_that_provides_the_module() {
        let [module, version, distribution] =
            ["urllib3", "2.12.900", "urllib3-future"].map(str::to_owned);
        let found = ShadowedModule { module, version, distribution };
        assert_snapshot!(sentence(&found), @"The module urllib3 comes from the package urllib3-future 2.12.900, not from urllib3. Everything that imports it is a different client under the same name. To measure urllib3 itself, use an environment without urllib3-future (--python PATH).");
        assert_snapshot!(short(&found), @"urllib3 is really urllib3-future 2.12.900: choose another --python");
        assert_short(&short(&found));
    }
}
