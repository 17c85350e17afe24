//! Reading a policy, with every fault that it has.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;

use super::paths::{Method, Schema};
use super::{Absent, Demand, Entry, Fault, PageEntry, Path, Policy, PolicyError, Whom};
use crate::access::wire::Node;
use crate::scope::Role;

const PUBLIC: &str = "public";
const ANYONE: &str = "anyone";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    groups: BTreeMap<String, Vec<String>>,
    services: BTreeMap<String, BTreeMap<String, Line>>,
    /// By route.
    #[serde(default)]
    pages: BTreeMap<String, Page>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    /// RPCs, `package.Service/Method`; or alone `public`.
    shows: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    kind: Kind,
    roles: Vec<String>,
    /// `none`, or the path of the one region.
    #[serde(default)]
    region: Option<String>,
    /// Paths of further regions, of which there may be any number.
    #[serde(default)]
    each: Vec<String>,
    #[serde(default)]
    absent: Option<Absent>,
    #[serde(default)]
    messages: Option<Messages>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Read,
    Write,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Messages {
    All,
    First,
}

impl Policy {
    /// Reads a policy and holds it against the descriptors of what is served: every RPC has an entry, every entry is of an RPC, every
    /// path leads to a text, every page shows RPCs that read.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] with everything that does not fit.
    pub fn read(text: &str, descriptor_sets: &[&[u8]]) -> Result<Self, PolicyError> {
        let unreadable = |error: &dyn std::fmt::Display| PolicyError(vec![Fault::Unreadable(error.to_string())]);
        let document: Document = toml::from_str(text).map_err(|error| unreadable(&error))?;
        let schema = Schema::read(descriptor_sets).map_err(|error| unreadable(&error))?;
        let mut lines: BTreeMap<String, Line> = BTreeMap::new();
        for (service, methods) in document.services {
            lines.extend(methods.into_iter().map(|(method, line)| (format!("{service}/{method}"), line)));
        }

        let mut faults: Vec<Fault> = Vec::new();
        faults.extend(schema.methods.keys().filter(|rpc| !lines.contains_key(*rpc)).cloned().map(Fault::Missing));
        let reads: HashSet<String> =
            lines.iter().filter(|(_, line)| line.kind == Kind::Read).map(|(rpc, _)| format!("/{rpc}")).collect();
        let mut entries = HashMap::new();
        for (rpc, line) in lines {
            match schema.methods.get(&rpc) {
                None => faults.push(Fault::Unknown(rpc)),
                Some(method) => {
                    let whom = line.whom(&rpc, &document.groups, &mut faults);
                    let demand = line.demand(&rpc, method, &schema, &mut faults);
                    entries.insert(format!("/{rpc}"), Entry { whom, demand: demand.map(Arc::new) });
                }
            }
        }
        let mut pages = HashMap::new();
        for (page, Page { shows }) in document.pages {
            if shows.iter().eq([PUBLIC]) {
                pages.insert(page, PageEntry { whoms: vec![], rpc: None });
                continue;
            }
            if shows.is_empty() {
                let text = "shows nothing; what anybody may see shows `public`";
                faults.push(Fault::Entry { rpc: format!("the page {page}"), text });
            }
            let mut whoms = vec![];
            for rpc in &shows {
                match entries.get(&format!("/{rpc}")).filter(|_| reads.contains(&format!("/{rpc}"))) {
                    Some(Entry { whom, .. }) => whoms.push(whom.clone()),
                    None => faults.push(Fault::Shows { page: page.clone(), rpc: rpc.clone() }),
                }
            }
            pages.insert(page, PageEntry { whoms, rpc: shows.into_iter().next() });
        }
        if faults.is_empty() { Ok(Self { entries, pages }) } else { Err(PolicyError(faults)) }
    }
}

impl Line {
    fn whom(&self, rpc: &str, groups: &BTreeMap<String, Vec<String>>, faults: &mut Vec<Fault>) -> Whom {
        match self.roles.as_slice() {
            [only] if only == PUBLIC => return Whom::Public,
            [only] if only == ANYONE => return Whom::Anyone,
            _ => {}
        }
        let mut roles = Vec::new();
        for name in &self.roles {
            let members = groups.get(name).map_or_else(|| vec![name.clone()], Clone::clone);
            for member in members {
                match Role::named(&member) {
                    Some(role) => roles.push(role),
                    None => faults.push(Fault::Role { rpc: rpc.to_owned(), role: member }),
                }
            }
        }
        if self.kind == Kind::Write {
            let readers = roles.iter().filter(|role| role.only_reads());
            faults.extend(readers.map(|role| Fault::Writes { rpc: rpc.to_owned(), role: *role }));
        }
        Whom::Roles(roles)
    }

    fn demand(&self, rpc: &str, method: &Method, schema: &Schema, faults: &mut Vec<Fault>) -> Option<Demand> {
        let mut wrong = |text| faults.push(Fault::Entry { rpc: rpc.to_owned(), text });
        let region = match self.region.as_deref() {
            Some("none") => {
                if !self.each.is_empty() || self.absent.is_some() || self.messages.is_some() {
                    wrong("belongs to no region, and yet says more of it");
                }
                return None;
            }
            Some(path) => Some((path, false)),
            None if self.each.is_empty() => {
                wrong("says no region, not even `none`");
                return None;
            }
            None => None,
        };
        if method.streams != self.messages.is_some() {
            wrong("`messages` goes with a stream of requests, and a stream with `messages`");
        }
        let (mut node, mut paths) = (Node::default(), Vec::new());
        for (path, each) in region.into_iter().chain(self.each.iter().map(|path| (path.as_str(), true))) {
            let fault = match schema.follow(&method.request, path) {
                Ok(found) if found.repeated && !each => "leads to several; say it under `each`",
                Ok(found) if !node.add(&found.numbers, paths.len()) => "is there already, or crosses another",
                Ok(_) => {
                    paths.push(Path { text: path.to_owned(), each });
                    continue;
                }
                Err(text) => text,
            };
            faults.push(Fault::Path { rpc: rpc.to_owned(), path: path.to_owned(), text: fault });
        }
        let first = self.messages == Some(Messages::First);
        Some(Demand { node, paths, absent: self.absent.unwrap_or(Absent::Refused), first })
    }
}
