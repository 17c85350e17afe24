//! What the service is set to.

use std::{collections::BTreeMap, sync::Arc};

use junheng_domain::code::RegionCode;
use junheng_runtime::config::{ReportingConfig, TargetsConfig};

use crate::overview::Targets;

/// What the service is set to. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    targets: Arc<BTreeMap<RegionCode, Targets>>,
    /// The header in which a request for a page brings its token; empty: `authorization`.
    pub(crate) token_header: String,
}

/// `reporting.targets` says what cannot be; told in Chinese, for the person who wrote it.
#[derive(Debug, thiserror::Error)]
#[error("`reporting.targets` {}", .0.join("；"))]
pub struct SettingsError(Vec<String>);

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] with everything that is wrong.
    pub fn read(config: &ReportingConfig) -> Result<Self, SettingsError> {
        let (mut targets, mut wrong) = (BTreeMap::new(), vec![]);
        for TargetsConfig { region, shares, source } in &config.targets {
            let code = region.parse::<RegionCode>().map_err(|_| format!("“{region}”不是行政区划代码"));
            let set = shares
                .parse::<Targets>()
                .map_err(|_| format!("{region} 的“{shares}”不是各年目标，应如 2025=60,2030=90.5,2035=100"));
            if source.trim().is_empty() {
                wrong.push(format!("{region} 缺少依据（source）"));
            }
            match (code, set) {
                (Ok(code), Ok(set)) => {
                    if targets.insert(code, set.of(source.trim())).is_some() {
                        wrong.push(format!("{region} 重复"));
                    }
                }
                (code, set) => wrong.extend([code.err(), set.err()].into_iter().flatten()),
            }
        }
        if wrong.is_empty() {
            Ok(Self { targets: Arc::new(targets), token_header: config.console_token_header.clone() })
        } else {
            Err(SettingsError(wrong))
        }
    }

    /// The targets of a region or the nation: its own, or those that the nation names.
    pub(crate) fn targets(&self, region: Option<&RegionCode>) -> Targets {
        region.and_then(|code| self.own_targets(code)).cloned().unwrap_or_default()
    }

    /// The targets that a region has of its own.
    pub(crate) fn own_targets(&self, region: &RegionCode) -> Option<&Targets> {
        self.targets.get(region)
    }
}

#[cfg(test)]
mod tests {
    use junheng_runtime::Config;

    use super::*;

    fn read(targets: &[(&str, &str, &str)]) -> Result<Settings, SettingsError> {
        let of = |&(region, shares, source): &(&str, &str, &str)| TargetsConfig {
            region: region.to_owned(),
            shares: shares.to_owned(),
            source: source.to_owned(),
        };
        Settings::read(&ReportingConfig {
            targets: targets.iter().map(of).collect(),
            ..Config::defaults().unwrap().reporting
        })
    }

    #[test]
    fn a_region_has_its_own_targets_or_those_of_the_nation() {
        let settings = read(&[("210000", "2025=60,2030=90", "省规划")]).unwrap();
        let liaoning = settings.targets("210000".parse().ok().as_ref());

        assert_eq!(liaoning, "2025=60,2030=90".parse::<Targets>().unwrap().of("省规划"));
        assert_eq!(liaoning.title(), "年度目标（省规划）");
        assert_eq!(settings.targets("210900".parse().ok().as_ref()), Targets::default());
        assert_eq!(settings.targets(None), Targets::default());
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let error = read(&[
            ("21", "2025=60", "甲"),
            ("220000", "2025=101", ""),
            ("230000", "2025=1", "乙"),
            ("230000", "2025=1", "乙"),
        ])
        .unwrap_err();

        let told = error.to_string();
        for part in ["“21”不是", "220000 的“2025=101”不是", "220000 缺少依据", "230000 重复"] {
            assert!(told.contains(part), "{told}");
        }
    }
}
