//! Files of county months, made into requests.

use std::{collections::BTreeMap, path::Path};

use junheng_client::NamedFile as NamedContent;
use junheng_domain::{
    checks::{
        Limits, check_declaration_days, check_empty, check_evidence, check_facts, check_items, check_plausibility,
        check_school_rows,
    },
    code::{Month, RegionCode, day_at},
    finding::{Finding, error_count},
    standard::Standard,
};
use junheng_ingest::file::{self, Encoding, NamedFile, Reading};
use junheng_proto::ingest::v1::SubmitMonthRequest;
use junheng_wire::{facts, item, name};

use crate::{failure::Failure, files::File, findings::Findings, offline};

/// One county's month, ready to be sent where no finding is an error.
#[derive(Debug)]
pub(crate) struct CountyMonth {
    /// The county.
    pub(crate) county: RegionCode,
    /// The month.
    pub(crate) month: Month,
    /// What is sent.
    pub(crate) request: SubmitMonthRequest,
    /// What is sent instead of its rows: the files. So what is found stands at its cell wherever it is kept, and faults of a file are kept, too.
    pub(crate) files: Vec<NamedContent>,
    /// What was read, and where it stands.
    pub(crate) reading: Reading,
    /// Faults that reading found; the rest is for the service to find.
    pub(crate) findings: Vec<Finding>,
}

/// Gathers files by county and month: as the flags say, or as the names `<county>-<month>-….csv` say, or as a workbook's guide says.
pub(crate) fn gather(
    files: Vec<File>,
    county: Option<&RegionCode>,
    month: Option<Month>,
) -> Result<Vec<CountyMonth>, Failure> {
    let (mut faults, mut unreadable) = (Vec::new(), Vec::new());
    let mut months: BTreeMap<(RegionCode, Month), Vec<File>> = BTreeMap::new();
    for file in files {
        let (named_county, named_month) = named(&file.path);
        if county.zip(named_county.as_ref()).is_some_and(|(a, b)| a != b)
            || month.zip(named_month).is_some_and(|(a, b)| a != b)
        {
            faults.push(format!("文件 {} 的名称与 --county、--month 不一致", file.name()));
            continue;
        }
        let (given_county, given_month) = (county.cloned().or(named_county), month.or(named_month));
        let read = match (&given_county, given_month) {
            (Some(_), Some(_)) => None,
            _ => Some(file::read(&[NamedFile { name: &file.name(), bytes: &file.bytes }])),
        };
        let (meant_county, meant_month) = read.as_ref().and_then(Reading::meant).unzip();
        match (given_county.or(meant_county), given_month.or(meant_month)) {
            (Some(county), Some(month)) => months.entry((county, month)).or_default().push(file),
            // Nothing in it was read: why that is comes first.
            _ if read.as_ref().is_some_and(|read| read.facts.is_empty() && error_count(&read.findings) > 0) => {
                unreadable.extend(read.into_iter().flat_map(|read| read.findings));
            }
            _ => faults.push(format!(
                "无法确定文件 {} 属于哪个县、哪个月：请给出 --county 和 --month，或将文件命名为 210922-2024-12-学校.csv",
                file.name()
            )),
        }
    }
    Findings::made(&unreadable).tell();
    if !faults.is_empty() {
        return Err(Failure::Usage(faults.join("\n")));
    }
    if !unreadable.is_empty() {
        return Err(Failure::Told);
    }
    Ok(months.into_iter().map(|((county, month), files)| read(county, month, files)).collect())
}

/// The county and month that a file is named after.
fn named(path: &Path) -> (Option<RegionCode>, Option<Month>) {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let mut parts = stem.splitn(4, '-');
    let county = parts.next().and_then(|code| code.parse().ok());
    let month = parts.next().zip(parts.next()).and_then(|(year, month)| format!("{year}-{month}").parse().ok());
    if county.is_some() && month.is_some() { (county, month) } else { (None, None) }
}

fn read(county: RegionCode, month: Month, files: Vec<File>) -> CountyMonth {
    let names: Vec<String> = files.iter().map(File::name).collect();
    let contents: Vec<_> =
        names.iter().zip(&files).map(|(name, file)| NamedFile { name, bytes: &file.bytes }).collect();
    let mut reading = file::read(&contents);
    let mut findings = std::mem::take(&mut reading.findings);
    findings.extend(reading.check_meant(&county, month));
    // A row without a readable code could not even be sent; other attributes are the registry's.
    findings.extend(reading.unreadable_codes());
    let request = SubmitMonthRequest {
        region: name::region(&county),
        month: month.to_string(),
        schools: reading.facts.iter().map(|row| facts::encode(&row.facts)).collect(),
        items: reading.items.iter().map(|row| item::encode(&row.item)).collect(),
        ..SubmitMonthRequest::default()
    };
    let whole = |(name, file): (&String, File)| NamedContent { name: short(name), content: file.bytes };
    let files = names.iter().zip(files).map(whole).collect();
    CountyMonth { county, month, request, files, reading, findings }
}

/// The end of a path that is too long for a file's name.
fn short(name: &str) -> String {
    let beyond = name.chars().count().saturating_sub(200);
    name.chars().skip(beyond).collect()
}

impl CountyMonth {
    /// A month of which no file says anything.
    pub(crate) fn without_files(county: &RegionCode, month: Month) -> Self {
        read(county.clone(), month, vec![])
    }

    /// Finds what can be found without the registry: the schools of the file stand for it.
    pub(crate) fn check(&mut self) {
        let rows = &self.reading.registry;
        let registry = offline::registry_of(&check_school_rows(rows).0, rows);
        let mut findings = check_facts(&self.reading.facts, &registry, self.month);
        let (standards, today) =
            (Standard::national().unwrap_or_default(), day_at(junheng_runtime::Clock::system().now()));
        findings.extend(check_items(&self.reading.items, standards, self.month));
        findings.extend(check_evidence(&self.reading.items, standards));
        findings.extend(check_declaration_days(&self.reading.items, standards, today));
        findings.extend(check_empty(&self.reading.facts, &self.reading.items, &self.findings));
        // Which standards judge the county, its limits and what it reported before are the service's to know.
        let limits = Limits::default();
        findings.extend(check_plausibility(&self.reading.facts, &registry, self.month, None, &[], &limits));
        self.reading.places.locate(&mut findings);
        self.findings.extend(findings);
    }

    /// The files that were not in UTF-8, each with its encoding.
    pub(crate) fn encodings(&self) -> impl Iterator<Item = (&str, Encoding)> {
        let sources = self.reading.sources.iter();
        sources
            .filter_map(|source| Some((source.name.as_str(), source.encoding?)))
            .filter(|(_, encoding)| *encoding != Encoding::Utf8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> File {
        File { path: name.into(), bytes: text.into() }
    }

    #[test]
    fn files_are_gathered_by_the_county_and_month_of_their_names() {
        let files = vec![
            file("a/210922-2024-12-schools.csv", "school_code,pupils_primary\n2121000001,0\n2121000002,\n"),
            file("a/210922-2024-12-items.csv", "item,operand,value\nG1,declared_met,true\n"),
            file("a/210921-2024-12.csv", "school_code,books\n2121000009,5000000000\nx,1\n"),
        ];

        let held: Vec<_> = files.iter().map(|file| file.bytes.as_ptr()).collect();

        let months = gather(files, None, None).unwrap();

        assert_eq!(months.len(), 2);
        let (bad, good) = (&months[0], &months[1]);
        assert_eq!((good.request.region.as_str(), good.request.month.as_str()), ("regions/210922", "2024-12"));
        assert_eq!((good.request.schools.len(), good.request.items.len(), good.findings.len()), (2, 1, 0));
        assert_eq!(good.request.schools[0].pupils_primary, Some(0));
        assert_eq!(good.request.schools[1].pupils_primary, None);
        assert_eq!(good.reading.places.path("schools[1].books"), "a/210922-2024-12-schools.csv:3.books");
        let rules: Vec<_> = bad.findings.iter().map(|finding| finding.rule.as_str()).collect();
        assert_eq!(rules, ["number_range", "school_code"]);
        let sent: Vec<_> = months.iter().flat_map(|month| &month.files).map(|file| file.content.as_ptr()).collect();
        assert_eq!(sent, [held[2], held[0], held[1]], "they are sent as they were read, and not copied");
    }

    #[test]
    fn a_file_that_belongs_nowhere_or_elsewhere_is_not_sent() {
        let county: RegionCode = "210922".parse().unwrap();

        assert!(gather(vec![file("s.csv", "")], Some(&county), None).is_err());
        assert!(gather(vec![file("210921-2024-12-s.csv", "")], Some(&county), None).is_err());
        assert!(gather(vec![file("210922-2024-s.csv", "")], None, None).is_err());
    }
}
