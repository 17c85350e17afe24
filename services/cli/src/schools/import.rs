//! `junheng schools import`: registering schools.

use std::path::PathBuf;

use jiff::civil::Date;
use junheng_client::Client;
use junheng_domain::{
    checks::{SchoolRow, check_school_rows},
    code::RegionCode,
    finding::{Fault, Finding},
};
use junheng_ingest::file::{self, NamedFile, Places};
use junheng_proto::ingest::v1::{ImportRegionsRequest, ImportSchoolsRequest, ImportSchoolsResponse, Region, School};
use junheng_wire::{name, school};
use uuid::Uuid;

use crate::{args, failure::Failure, files::File, findings::Findings, output, server};

pub(super) const EXAMPLES: &str = "\
示例：
  junheng schools import 学校.csv --county 210922
  junheng schools import 报送表.xlsx --county 210922                        模板“学校数据”表中的学校
  junheng schools import 学校.csv --county 210922 --effective-on 2024-09-01   自该日起改为所填情况，之前的月份不变
  junheng schools import 学校.csv --county 210922 --county-name 彰武县 --city-name 阜新市 --province-name 辽宁省

县须已登记（junheng regions import），或用 --county-name 等参数同时登记；文件有错误或学校被服务退回时，县也不登记。文件中没有的学校保持不变；有一处错误则一所也不登记。
登记只用学校属性：school_code、name、school_type、organiser_type、urban_rural_code、group、group_role、opened_on、closed_on。
不给出 --effective-on 时，与登记不同的内容作为更正，涉及的月份重新评估；学校发生的变更请用 junheng schools record 登记。";

/// Arguments of `junheng schools import`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[arg(value_name = "FILE", help = "学校文件（.csv），或工作簿（.xlsx）")]
    file: PathBuf,
    #[arg(long, value_parser = args::county, help = "县的六位行政区划代码")]
    county: RegionCode,
    #[arg(long, value_name = "DATE", help = "所填情况自该日起生效（变更），如 2024-09-01；不给出时更正现有登记")]
    effective_on: Option<Date>,
    #[arg(long, value_name = "NAME", help = "县名：同时登记该县")]
    county_name: Option<String>,
    #[arg(long, value_name = "NAME", requires = "county_name", help = "所属市名：同时登记该市")]
    city_name: Option<String>,
    #[arg(long, value_name = "NAME", requires = "county_name", help = "所属省名：同时登记该省")]
    province_name: Option<String>,
    #[arg(long, value_name = "TEXT", requires = "county_name", help = "该县数据的说明，凡展示数据处都会印出")]
    data_note: Option<String>,
    #[arg(long, value_name = "URL", default_value = server::INGEST, help = "接收服务的地址")]
    server: String,
}

/// Registers.
pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let prepared = Prepared::read(&args.county, &File::read(&args.file)?)?;
    let client = server::connect(&args.server).await?;
    let regions = regions(&args);
    if !regions.is_empty() {
        // What the service refuses leaves no county behind.
        prepared.send(&client, &args.county, args.effective_on, true).await?;
        let request = ImportRegionsRequest { regions, request_id: Uuid::new_v4().to_string() };
        client.import_regions(request).await?;
    }
    let imported = prepared.send(&client, &args.county, args.effective_on, false).await?;
    let (changed, same) = (imported.changed_count.unwrap_or_default(), imported.unchanged_count.unwrap_or_default());
    output::print(&format!("{}：登记或更新学校{changed}所，{same}所未变", args.county))
}

fn regions(args: &Args) -> Vec<Region> {
    let region = |code: Option<RegionCode>, text: &Option<String>| {
        let (code, text) = code.zip(text.clone())?;
        Some(Region { name: name::region(&code), display_name: text, ..Region::default() })
    };
    let city = args.county.parent();
    let province = city.as_ref().and_then(RegionCode::parent);
    let county = region(Some(args.county.clone()), &args.county_name)
        .map(|county| Region { data_note: args.data_note.clone().unwrap_or_default(), ..county });
    [region(province, &args.province_name), region(city, &args.city_name), county].into_iter().flatten().collect()
}

/// Registers the schools of a file; with an error in it, or found by the service, all findings are told and nothing is registered.
pub(crate) async fn import(
    client: &Client,
    county: &RegionCode,
    file: &File,
    effective_on: Option<Date>,
) -> Result<ImportSchoolsResponse, Failure> {
    Prepared::read(county, file)?.send(client, county, effective_on, false).await
}

/// Schools of a file without a fault that shows in the file alone.
struct Prepared {
    schools: Vec<School>,
    /// Where each stands.
    rows: Vec<String>,
    places: Places,
}

impl Prepared {
    /// Reads a file; with an error in it all findings are told.
    fn read(county: &RegionCode, file: &File) -> Result<Self, Failure> {
        let mut reading = file::read(&[NamedFile { name: &file.name(), bytes: &file.bytes }]);
        let (schools, mut faults) = check_school_rows(&reading.registry);
        faults.extend(reading.registry.iter().filter(|row| row.name.is_empty()).map(unnamed));
        if reading.registry.is_empty() && reading.findings.is_empty() {
            faults.push(Finding::of(Fault::FileEmpty, file.name()));
        }
        reading.places.locate(&mut faults);
        let local = Findings::made(&[std::mem::take(&mut reading.findings), faults].concat());
        local.tell();
        if local.refuse() {
            return Err(Failure::Told);
        }
        let schools = schools.iter().map(|one| school::encode(one, county)).collect();
        let rows = reading.registry.into_iter().map(|row| row.path).collect();
        Ok(Self { schools, rows, places: reading.places })
    }

    /// Registers them, or has them checked only; what speaks against them is told.
    async fn send(
        &self,
        client: &Client,
        county: &RegionCode,
        effective_on: Option<Date>,
        validate_only: bool,
    ) -> Result<ImportSchoolsResponse, Failure> {
        let request = ImportSchoolsRequest {
            parent: name::region(county),
            schools: self.schools.clone(),
            // Each run is a request of its own: what was imported before and changed since is imported again.
            request_id: Uuid::new_v4().to_string(),
            effective_on: effective_on.map(|day| day.to_string()).unwrap_or_default(),
            validate_only,
        };
        let response = client.import_schools(request).await?;
        let mut found = Findings::new(&response.findings, &response.finding_groups);
        found.locate("schools", &self.rows);
        found.place(|path| self.places.path(&column(path)), ToOwned::to_owned);
        let refused = found.refuse();
        // Warnings are told once, by the import.
        if refused || !validate_only {
            found.tell();
        }
        if refused { Err(Failure::Told) } else { Ok(response) }
    }
}

/// The column of a file for a field of a message: a school is named by its code there, and its name is for people.
fn column(path: &str) -> String {
    match path.rsplit_once('.') {
        Some((row, "name")) => format!("{row}.school_code"),
        Some((row, "display_name")) => format!("{row}.name"),
        _ => path.to_owned(),
    }
}

fn unnamed(row: &SchoolRow) -> Finding {
    Finding::of(Fault::SchoolName, format!("{}.name", row.path)).of_school_written(&row.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_a_message_is_a_column_of_the_file() {
        let columns = ["s.csv:2.name", "s.csv:2.display_name", "s.csv:2.school_type", "s.csv:2"].map(column);

        assert_eq!(columns, ["s.csv:2.school_code", "s.csv:2.name", "s.csv:2.school_type", "s.csv:2"]);
    }
}
