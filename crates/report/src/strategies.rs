//! The list of what can be compared here.

use std::fmt::Write;

use model::driver_protocol::{DriverHello, ModuleVersion};
use model::strategy::{ConditionSpec, StrategySpec};

/// Every strategy with its conditions, and the versions behind each driver's.
pub fn strategies(hellos: &[DriverHello]) -> String {
    hellos.iter().map(driver).collect::<Vec<_>>().join("\n")
}

fn driver(hello: &DriverHello) -> String {
    let mut text = String::new();
    for spec in &hello.strategies {
        text.push_str(&strategy(spec));
        text.push('\n');
    }
    let versions: Vec<String> = hello.versions.iter().map(version).collect();
    let _ = writeln!(text, "driver {}: {}", hello.driver, versions.join(", "));
    text
}

fn version(module: &ModuleVersion) -> String {
    let provider = module.distribution.as_ref();
    let provider = provider.map(|name| format!(" (from {name})")).unwrap_or_default();
    format!("{} {}{provider}", module.module, module.version)
}

fn strategy(spec: &StrategySpec) -> String {
    let alias = spec.alias.as_ref().map(|alias| format!(" (or {alias})")).unwrap_or_default();
    let mut text = format!("{}{alias}\n    {}\n", spec.name, spec.summary);
    let width = spec.conditions.iter().map(|condition| head(condition).len()).max();
    let width = width.unwrap_or_default();
    for condition in &spec.conditions {
        let head = head(condition);
        let _ = writeln!(text, "    {head:width$}  {}", condition.summary);
        let _ = writeln!(text, "    {:width$}  {}", "", condition.values);
    }
    text
}

fn head(condition: &ConditionSpec) -> String {
    format!("{}={}", condition.name, condition.default)
}
