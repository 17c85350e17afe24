//! The policy: for every RPC who may call it, whether it writes, and where its request names the region that it is about.

mod load;
mod paths;

use std::collections::HashMap;
use std::sync::Arc;

use super::wire::Node;
use crate::scope::{Role, Scope, is_region_code};

/// What may be called by whom. Everything else is refused.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    entries: HashMap<String, Entry>,
    pages: HashMap<String, PageEntry>,
}

/// What holds for one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageEntry {
    /// Who may call each RPC whose data it shows; none: it shows no data, and anybody may see it.
    whoms: Vec<Whom>,
    /// The RPC that a look at the page is as: `package.Service/Method`.
    pub(crate) rpc: Option<String>,
}

/// What holds for one RPC.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) whom: Whom,
    /// `None`: what it is about belongs to no region.
    pub(crate) demand: Option<Arc<Demand>>,
}

/// Who may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whom {
    /// Anybody, unauthenticated callers included.
    Public,
    /// Whoever is authenticated.
    Anyone,
    /// Whoever has one of these roles.
    Roles(Vec<Role>),
}

/// Where a request names regions. Every region that it names must lie in the scope of the caller.
#[derive(Debug, Clone)]
pub(crate) struct Demand {
    pub(crate) node: Node,
    pub(crate) paths: Vec<Path>,
    pub(crate) absent: Absent,
    /// Whether the first message of a stream alone must name the region.
    pub(crate) first: bool,
}

/// A path to a text in a request.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    /// As the policy writes it: `submission.region`.
    pub(crate) text: String,
    /// Whether it may name several regions, or none.
    pub(crate) each: bool,
}

/// What a request is about that names no region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Absent {
    /// It is wrong.
    Refused,
    /// The nation.
    Nation,
    /// Nothing that belongs to a region.
    Allowed,
}

/// The policy does not fit the API.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the policy does not fit the API: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct PolicyError(pub Vec<Fault>);

/// One thing that is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// An RPC has no entry.
    #[error("{0} has no entry")]
    Missing(String),
    /// An entry is of no RPC.
    #[error("{0} is no RPC")]
    Unknown(String),
    /// An entry has no such role or group of roles.
    #[error("{rpc}: {role} is neither a role nor a group")]
    Role {
        /// The RPC.
        rpc: String,
        /// What stands there.
        role: String,
    },
    /// A page has no entry.
    #[error("the page {0} has no entry")]
    PageMissing(String),
    /// An entry is of no page.
    #[error("{0} is no page")]
    PageUnknown(String),
    /// A page shows what is no RPC that reads.
    #[error("the page {page}: {rpc} is no RPC that reads")]
    Shows {
        /// The page.
        page: String,
        /// What stands there.
        rpc: String,
    },
    /// Who only reads may write.
    #[error("{rpc}: {role} writes nothing")]
    Writes {
        /// The RPC.
        rpc: String,
        /// Who.
        role: Role,
    },
    /// A path leads to no text, or to several where there must be one.
    #[error("{rpc}: {path}: {text}")]
    Path {
        /// The RPC.
        rpc: String,
        /// The path.
        path: String,
        /// What is wrong with it.
        text: &'static str,
    },
    /// What an entry says does not go together.
    #[error("{rpc}: {text}")]
    Entry {
        /// The RPC.
        rpc: String,
        /// What is wrong with it.
        text: &'static str,
    },
}

/// What is wrong with a field, in English and in Chinese.
pub(crate) type Words = (&'static str, &'static str);

/// What a request that names a region is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    /// What is named is not there for this caller.
    Missing(String),
    /// What is named is no region.
    Field { field: String, fault: Words },
}

impl Policy {
    /// Returns what holds for the path of a call: `/junheng.ingest.v1.SubmissionService/SubmitMonth`.
    pub(crate) fn entry(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// Returns what holds for a page, by its route: `/regions/{region}`.
    pub(crate) fn page(&self, route: &str) -> Option<&PageEntry> {
        self.pages.get(route)
    }

    /// Holds the policy against the pages that are served, by their routes.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] with the pages that have no entry, and the entries that are of no page.
    pub fn fit_pages(&self, routes: &[&str]) -> Result<(), PolicyError> {
        let missing = routes.iter().filter(|route| !self.pages.contains_key(**route));
        let unknown = self.pages.keys().filter(|route| !routes.contains(&route.as_str()));
        let missing = missing.map(|route| Fault::PageMissing((*route).to_owned()));
        let mut faults: Vec<Fault> = missing.chain(unknown.cloned().map(Fault::PageUnknown)).collect();
        faults.sort_by_cached_key(ToString::to_string);
        if faults.is_empty() { Ok(()) } else { Err(PolicyError(faults)) }
    }

    /// Returns every page with the roles that may see it, each role by itself.
    pub fn pages(&self) -> impl Iterator<Item = (&str, Vec<Role>)> {
        self.pages.iter().map(|(route, entry)| {
            (route.as_str(), Role::ALL.into_iter().filter(|role| entry.includes(&[*role])).collect())
        })
    }

    /// Returns every RPC with the roles that may call it, `None` where no role is asked for, and the paths at which it names regions.
    pub fn rpcs(&self) -> impl Iterator<Item = (&str, Option<&[Role]>, Vec<&str>)> {
        self.entries.iter().map(|(path, entry)| {
            let roles = match &entry.whom {
                Whom::Roles(roles) => Some(roles.as_slice()),
                Whom::Anyone | Whom::Public => None,
            };
            let paths = entry.demand.iter().flat_map(|demand| demand.paths.iter().map(|path| path.text.as_str()));
            (path.as_str(), roles, paths.collect())
        })
    }
}

impl Whom {
    /// Says whether a caller with these roles is meant.
    pub(crate) fn includes(&self, roles: &[Role]) -> bool {
        match self {
            Self::Public | Self::Anyone => true,
            Self::Roles(allowed) => roles.iter().any(|role| allowed.contains(role)),
        }
    }
}

impl PageEntry {
    /// Whether it shows no data.
    pub(crate) const fn is_public(&self) -> bool {
        self.whoms.is_empty()
    }

    /// Says whether a caller with these roles may call all that it shows.
    pub(crate) fn includes(&self, roles: &[Role]) -> bool {
        self.whoms.iter().all(|whom| whom.includes(roles))
    }
}

impl Demand {
    /// Holds what a message names against a scope. `first`: it is the first of its call.
    pub(crate) fn hold(&self, found: &[(usize, String)], scope: &Scope, first: bool) -> Result<(), Refused> {
        for (index, path) in self.paths.iter().enumerate() {
            let mut named = found.iter().filter(|(of, _)| *of == index).map(|(_, value)| value.as_str());
            let refuse = |fault| Refused::Field { field: path.text.clone(), fault };
            if path.each {
                named.try_for_each(|value| hold(value, scope, &refuse))?;
                continue;
            }
            match (named.next(), named.next()) {
                // A decoder takes the last one; nobody who means well sends two.
                (Some(_), Some(_)) => return Err(refuse(("is there more than once", "出现不止一次"))),
                (Some(value), None) if !value.is_empty() => hold(value, scope, &refuse)?,
                _ if self.first && !first => {}
                _ => match self.absent {
                    Absent::Allowed => {}
                    Absent::Nation => return Err(Refused::Missing(NATION.to_owned())),
                    Absent::Refused => return Err(refuse(("is missing", "没有给出"))),
                },
            }
        }
        Ok(())
    }
}

/// How names of all regions together begin.
const NATION: &str = "regions/-";

fn hold(name: &str, scope: &Scope, refuse: &impl Fn(Words) -> Refused) -> Result<(), Refused> {
    let code = name.strip_prefix("regions/").map(|rest| rest.split_once('/').map_or(rest, |(code, _)| code));
    match code {
        Some(code) if is_region_code(code) && scope.covers(code) => Ok(()),
        Some(code) if is_region_code(code) || code == "-" => Err(Refused::Missing(name.to_owned())),
        _ => Err(refuse(("is no name of a region, or of something in one", "不是区划或其下资源的名称"))),
    }
}
