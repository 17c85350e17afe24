use std::fmt;

use serde::{Deserialize, Serialize};

/// What a caller may do, before the region is asked: `access/policy.toml` says which roles may call which RPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A county's own staff: reports its county and reads it.
    CountyReporter,
    /// A city's staff: reports for the counties of the city and reads them.
    CityReporter,
    /// Reads counties, writes nothing.
    CountyReader,
    /// Compares the counties of a province, judges them by other standards, recomputes.
    ProvincialAnalyst,
    /// Registers standards and limits of checks, puts them in force, grants waivers.
    StandardsEditor,
    /// Runs the services: registers regions, imports schools, changes calendars.
    Operator,
    /// Reads everything, the audit included, and writes nothing.
    Auditor,
    /// The identity of the services among each other.
    Service,
}

/// Regions that a caller may ask about and write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every region, and what belongs to no region.
    Everything,
    /// These regions and all below them, as six-digit codes of GB/T 2260: `210000` covers every code that begins with `21`, `210900` every
    /// code that begins with `2109`.
    Regions(Vec<String>),
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 8] = [
        Self::CountyReporter,
        Self::CityReporter,
        Self::CountyReader,
        Self::ProvincialAnalyst,
        Self::StandardsEditor,
        Self::Operator,
        Self::Auditor,
        Self::Service,
    ];

    /// Returns the name in tokens and in the policy: `county_reporter`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CountyReporter => "county_reporter",
            Self::CityReporter => "city_reporter",
            Self::CountyReader => "county_reader",
            Self::ProvincialAnalyst => "provincial_analyst",
            Self::StandardsEditor => "standards_editor",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
            Self::Service => "service",
        }
    }

    /// Returns the role of a name, `None` where there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Scope {
    /// Says whether the region of a six-digit code lies in this scope. What is not six digits lies in no list of regions.
    #[must_use]
    pub fn covers(&self, code: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Regions(regions) => {
                is_region_code(code)
                    && regions.iter().any(|region| is_region_code(region) && code.starts_with(stem(region)))
            }
        }
    }
}

/// Says whether `code` has the shape of a GB/T 2260 code: six digits.
#[must_use]
pub fn is_region_code(code: &str) -> bool {
    code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit())
}

/// The digits that a region and all below it share: two of a province, four of a city, six of a county.
fn stem(region: &str) -> &str {
    let stem = region.strip_suffix("0000").or_else(|| region.strip_suffix("00")).unwrap_or(region);
    // No province is 00: `000000` covers nothing.
    if stem == "00" { region } else { stem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(regions: &[&str]) -> Scope {
        Scope::Regions(regions.iter().map(|region| (*region).to_owned()).collect())
    }

    #[test]
    fn a_region_covers_itself_and_what_lies_below() {
        for (region, code, covered) in [
            ("210922", "210922", true),
            ("210922", "210921", false),
            ("210922", "210900", false),
            ("210900", "210922", true),
            ("210900", "210900", true),
            ("210900", "211022", false),
            ("210900", "210000", false),
            ("210000", "210922", true),
            ("210000", "210000", true),
            ("210000", "220922", false),
            ("210000", "2109", false),
            ("210000", "", false),
            ("210000", "2109220", false),
            ("210000", "21092x", false),
            ("000000", "210922", false),
            ("", "210922", false),
        ] {
            assert_eq!(scope(&[region]).covers(code), covered, "{region} over {code}");
        }
    }

    #[test]
    fn several_regions_cover_what_any_of_them_covers() {
        let several = scope(&["210922", "220000"]);

        assert!(several.covers("220101"));
        assert!(several.covers("210922"));
        assert!(!several.covers("210921"));
        assert!(!scope(&[]).covers("210922"));
        assert!(Scope::Everything.covers("anything"));
    }

    #[test]
    fn roles_are_found_by_their_names_alone() {
        for role in Role::ALL {
            assert_eq!(Role::named(role.name()), Some(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
        }
        assert_eq!(Role::named("Operator"), None);
        assert_eq!(Role::named(""), None);
    }
}
