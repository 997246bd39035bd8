//! The conditions of an arm: as they were measured, and as a question sets them.

use std::num::NonZeroU32;

use evidence::ArmEvidence;
use evidence::setting::{ArmSetting, LIMITS, Session, Tls};
use model::facts::Facts;
use model::http_version::HttpVersion;
use model::link::Link;
use model::plan::Plan;
use model::strategy::{Conditions, StrategySpec};
use model::time::Span;

use super::{Refusal, WhatIf};
use crate::findings::{ArmClient, ClientLibrary, ClientOrigin};

/// The condition of strategies whose value may also be a factor of the client's work.
const WORK: &str = "work";

/// The conditions and settings about which the arms of a plan can be asked, in alphabetical order.
pub fn known_names(plan: &Plan) -> Vec<&str> {
    let of_arms = plan.arms.iter().flat_map(|arm| arm.conditions.keys().map(String::as_str));
    let mut known: Vec<&str> = of_arms.chain(LIMITS).chain([WORK]).chain(Link::KEYS).collect();
    known.sort_unstable();
    known.dedup();
    known
}

/// A condition or a setting of the link with the value that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// How many times as long the client works on a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorkFactor(pub f64);

impl WorkFactor {
    /// As long as was measured.
    pub const UNCHANGED: Self = Self(1.0);
    /// The largest one that is accepted.
    const MOST: f64 = 1e6;

    /// The factor that a setting asks for; nothing where it is another setting.
    pub fn of(setting: &Setting) -> Option<Self> {
        Self::read(&setting.value).filter(|_| setting.name == WORK)
    }

    /// Reads `×0.5` or `x0.5`; nothing where that is no such factor.
    fn read(text: &str) -> Option<Self> {
        let number = text.strip_prefix(['×', 'x'])?.parse().ok()?;
        (0.0..=Self::MOST).contains(&number).then_some(Self(number))
    }
}

/// The condition that is set where `name` is asked for, of a strategy that has these conditions: for a
/// limit of the requests at once, the strategy's own name for it. None where it has no such limit.
pub(super) fn own_name(conditions: &Conditions, name: &str) -> Option<String> {
    if !LIMITS.contains(&name) || conditions.contains_key(name) {
        return Some(name.to_owned());
    }
    own_limit(conditions)
}

/// The condition that limits the requests at once; none where a strategy has no such limit.
pub(super) fn own_limit(conditions: &Conditions) -> Option<String> {
    LIMITS.into_iter().find(|&own| conditions.contains_key(own)).map(str::to_owned)
}

/// The conditions of an arm.
#[derive(Clone, Debug)]
pub(crate) struct ArmConditions<'a> {
    spec: Option<&'a StrategySpec>,
    /// The name of the strategy.
    pub(super) strategy: String,
    pub(super) library: ClientLibrary,
    /// Whether code that is not ours may prepare TLS before there is a connection.
    pub(super) may_prepare_early: bool,
    pub(super) values: Conditions,
    pub(super) link: Option<Link>,
    /// The round trip that is asked for where the link is not emulated.
    pub(super) round_trip: Option<Span>,
    pub(super) work: WorkFactor,
    pub(super) requests: usize,
    /// How many requests at once are asked for, although the strategy has no condition for that.
    imposed_limit: Option<usize>,
}

impl<'a> ArmConditions<'a> {
    /// The conditions under which an arm was measured.
    pub(super) fn measured(
        arm: &ArmEvidence<'_>,
        setting: &ArmSetting<'_>,
        spec: Option<&'a StrategySpec>,
        facts: Option<&Facts>,
    ) -> Self {
        let ArmClient { origin, library } = ArmClient::new(&arm.arm.strategy, facts);
        Self {
            spec,
            strategy: arm.arm.strategy.clone(),
            library,
            may_prepare_early: origin == ClientOrigin::OwnCode && setting.tls == Tls::Requested,
            values: arm.arm.conditions.clone(),
            link: setting.link.cloned(),
            round_trip: None,
            work: WorkFactor::UNCHANGED,
            requests: arm.size().requests(),
            imposed_limit: None,
        }
    }

    /// The conditions with what a question sets.
    pub(super) fn with(&self, question: &WhatIf) -> Result<Self, Refusal> {
        let mut changed = self.clone();
        for setting in &question.settings {
            changed.set(setting)?;
        }
        if let Some(size) = question.batch_size {
            changed.requests = size.requests().max(1);
        }
        Ok(changed)
    }

    fn set(&mut self, setting: &Setting) -> Result<(), Refusal> {
        let name = &setting.name;
        if let Some(factor) = WorkFactor::of(setting) {
            self.work = factor;
            return Ok(());
        }
        if self.knows(name) {
            return self.set_condition(setting);
        }
        if LIMITS.contains(&name.as_str()) {
            return self.set_limit(setting);
        }
        if Link::knows(name) {
            return self.set_link(setting);
        }
        Err(Refusal::NoCondition { condition: name.clone() })
    }

    fn knows(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    fn set_condition(&mut self, setting: &Setting) -> Result<(), Refusal> {
        let rule = self.spec.and_then(|spec| spec.condition(&setting.name));
        if rule.is_some_and(|rule| !rule.values.accepts(&setting.value)) {
            return Err(setting.bad_value());
        }
        let declines = self.link.as_ref().is_some_and(|link| link.http == HttpVersion::Http1);
        if declines && setting.name == "http" && setting.value == HttpVersion::Http2.name() {
            return Err(Refusal::Http2NotOffered);
        }
        self.values.insert(setting.name.clone(), setting.value.clone());
        Ok(())
    }

    /// Sets how many requests are made at once by the condition that the strategy has for it. A strategy
    /// without one is asked about as if it had.
    fn set_limit(&mut self, setting: &Setting) -> Result<(), Refusal> {
        if let Some(name) = own_name(&self.values, &setting.name) {
            return self.set_condition(&Setting { name, value: setting.value.clone() });
        }
        let limit: NonZeroU32 = setting.value.parse().map_err(|_| setting.bad_value())?;
        self.imposed_limit = Some(limit.get() as usize);
        Ok(())
    }

    fn set_link(&mut self, setting: &Setting) -> Result<(), Refusal> {
        match &mut self.link {
            Some(link) => link.set(&setting.name, &setting.value).map_err(|_| setting.bad_value()),
            None if setting.name == "rtt" => {
                self.round_trip = Some(setting.value.parse().map_err(|_| setting.bad_value())?);
                Ok(())
            }
            None => Err(Refusal::NotEmbedded { setting: setting.name.clone() }),
        }
    }

    /// The value of a condition; empty where the strategy does not know it.
    pub(super) fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    pub(super) fn session(&self) -> Session {
        if self.value("session") == "warm" { Session::Warm } else { Session::Cold }
    }

    /// How many requests may be made at once by a condition; none where nothing limits them but the
    /// strategy itself.
    pub(super) fn limit(&self) -> Option<usize> {
        let limits = LIMITS.into_iter().filter_map(|name| self.value(name).parse().ok());
        limits.chain(self.imposed_limit).chain(self.most_open()).min()
    }

    /// How many connections may be open at once, where the client's pool limits that.
    fn most_open(&self) -> Option<usize> {
        let limits_open = matches!(
            self.library,
            ClientLibrary::Aiohttp | ClientLibrary::Fetch | ClientLibrary::Node
        );
        self.value("pool").parse().ok().filter(|_| limits_open)
    }

    /// How many connections stay open between requests, where the client's pool limits that.
    pub(super) fn most_kept(&self) -> Option<usize> {
        let kept: usize = self.value("pool").parse().ok()?;
        self.most_open().is_none().then_some(kept)
    }
}

impl Setting {
    fn bad_value(&self) -> Refusal {
        Refusal::BadValue { condition: self.name.clone(), value: self.value.clone() }
    }

    pub(super) fn not_modelled(&self) -> Refusal {
        Refusal::NotModelled { condition: self.name.clone(), value: self.value.clone() }
    }
}
