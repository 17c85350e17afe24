//! On whose behalf the database is asked: which regions, and until when.

use std::{fmt::Write as _, sync::Arc, time::Instant};

use junheng_domain::code::RegionCode;

/// The code under which stands what belongs to no region.
pub(crate) const NATION: &str = "000000";

/// The scope of whoever sees all.
pub(crate) const EVERYTHING: &str = "{%}";

tokio::task_local! {
    static CURRENT: Access;
}

/// What a transaction may see and write, and when nobody waits for its answer any more.
///
/// A store [for callers](crate::Store::for_callers) takes it from the task that asks, where [`run`](Self::run) or [`enter`](Self::enter) set
/// it; a task in which nobody set it sees nothing. PostgreSQL enforces it by row-level security; SQLite, which one program has to itself, does
/// not, and there the service's own checks are all there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Patterns of codes, as PostgreSQL reads an array of texts: digits, commas and `%` between braces.
    scope: Arc<str>,
    deadline: Option<Instant>,
    /// Whether the rights are those of whoever logged in, and not those of the service's role.
    login: bool,
}

impl Access {
    /// Every region, and what belongs to none: for workers, start-up and whoever may see all.
    #[must_use]
    pub fn everything() -> Self {
        Self { scope: EVERYTHING.into(), deadline: None, login: false }
    }

    /// Every region, with the rights of whoever logged in instead of the service's role: for what only the owner of the tables may do, such as
    /// pruning the audit, and for reading a database that has no roles yet.
    #[must_use]
    pub fn of_login() -> Self {
        Self { login: true, ..Self::everything() }
    }

    /// Nothing.
    #[must_use]
    pub fn nothing() -> Self {
        Self { scope: "{}".into(), deadline: None, login: false }
    }

    /// These regions and all below them, by the digits of GB/T 2260: `210000` covers every code that begins with `21`, `210900` every code that
    /// begins with `2109`. What is no code of six digits covers nothing; `000000` covers itself alone.
    pub fn regions<T: AsRef<str>>(codes: impl IntoIterator<Item = T>) -> Self {
        Self::nothing().extended(codes)
    }

    /// The same and this region with all below it.
    #[must_use]
    pub fn with_region(&self, region: &RegionCode) -> Self {
        self.clone().extended([region.as_str()])
    }

    /// The same and what belongs to no region.
    #[must_use]
    pub fn with_nation(&self) -> Self {
        self.clone().extended([NATION])
    }

    /// The same until an instant: what still runs by then on PostgreSQL is cancelled.
    #[must_use]
    pub fn until(self, deadline: Option<Instant>) -> Self {
        Self { deadline, ..self }
    }

    /// The access of the task that asks; [`nothing`](Self::nothing) where none was set.
    #[must_use]
    pub fn current() -> Self {
        CURRENT.try_with(Self::clone).unwrap_or_else(|_| Self::nothing())
    }

    /// Runs work with this access. A task that the work spawns does not inherit it: give it [`current`](Self::current).
    pub async fn run<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// Does one step of work, such as a poll, with this access.
    pub fn enter<T>(&self, step: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self.clone(), step)
    }

    pub(crate) fn scope(&self) -> Arc<str> {
        Arc::clone(&self.scope)
    }

    pub(crate) const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    pub(crate) const fn is_of_login(&self) -> bool {
        self.login
    }

    fn extended<T: AsRef<str>>(self, codes: impl IntoIterator<Item = T>) -> Self {
        let mut scope = self.scope.trim_end_matches('}').to_owned();
        for code in codes {
            if let Some(pattern) = pattern(code.as_ref()) {
                let comma = if scope.ends_with('{') { "" } else { "," };
                // Writing to a string cannot fail.
                let _ = write!(scope, "{comma}{pattern}");
            }
        }
        scope.push('}');
        Self { scope: scope.into(), ..self }
    }
}

/// What the codes of a region and of all below it look like to LIKE.
fn pattern(code: &str) -> Option<String> {
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let stem = code.strip_suffix("0000").or_else(|| code.strip_suffix("00"));
    // No province is 00: the nation's code covers itself alone.
    Some(stem.filter(|stem| *stem != "00").map_or_else(|| code.to_owned(), |stem| format!("{stem}%")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_covers_the_codes_below_it() {
        let scope = |codes: &[&str]| Access::regions(codes).scope().to_string();

        assert_eq!(scope(&["210000", "220100", "230102"]), "{21%,2201%,230102}");
        assert_eq!(scope(&[]), "{}");
        assert_eq!(scope(&["000000"]), "{000000}");
        assert_eq!(scope(&["21", "21000%", "2100000", "%", "'};x", "２１００００"]), "{}");
        assert_eq!(&*Access::everything().scope(), "{%}");
        assert_eq!(&*Access::regions(["210922"]).with_nation().scope(), "{210922,000000}");
        assert_eq!(&*Access::nothing().with_region(&"210900".parse().unwrap()).scope(), "{2109%}");
    }

    #[tokio::test]
    async fn a_task_has_the_access_that_was_set_around_it_and_none_otherwise() {
        let county = Access::regions(["210922"]);

        assert_eq!(Access::current(), Access::nothing());
        assert_eq!(county.clone().run(async { Access::current() }).await, county);
        assert_eq!(county.enter(Access::current), county);
        let spawned = county.run(async { tokio::spawn(async { Access::current() }).await.unwrap() });
        assert_eq!(spawned.await, Access::nothing());
    }
}
