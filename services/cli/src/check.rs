//! `junheng check`: what can be found in files without a service.

use std::path::PathBuf;

use junheng_domain::{
    checks::check_school_rows,
    code::{Month, RegionCode},
    finding::{Finding, Severity, error_count},
};
use junheng_ingest::file::{self, Remark, Template};

use crate::{
    args,
    county_month::{self, CountyMonth},
    failure::Failure,
    files::{self, File},
    findings::Findings,
    output, standards,
};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng check 210922-2024-12-彰武县-报送表.xlsx
  junheng check 报送表.xlsx --annotated 问题.xlsx                       把问题批注在单元格上，另存一份
  junheng check 学校.csv 指标.csv --county 210922 --month 2024-12

以文件中的学校为准，不核对登记；与登记、历史数据和本省规则有关的问题，请用 junheng push --validate-only。
有错误时退出码为 1；警告不影响退出码。";

/// Arguments of `junheng check`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(required = true, value_name = "FILE", help = "工作簿（.xlsx），或学校文件、指标文件（.csv）")]
    files: Vec<PathBuf>,
    #[arg(long, value_parser = args::county, help = "县的六位行政区划代码；不给出时取自文件名或工作簿")]
    county: Option<RegionCode>,
    #[arg(long, value_parser = args::month, help = "月份，如 2024-12；不给出时取自文件名或工作簿")]
    month: Option<Month>,
    #[arg(long, value_name = "OUT.xlsx", help = "把带批注的工作簿写入该文件；只用于一个县一个月")]
    annotated: Option<PathBuf>,
}

/// Checks, and tells what was found.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let files = File::read_all(&args.files)?;
    let mut months = county_month::gather(files, args.county.as_ref(), args.month)?;
    if args.annotated.is_some() && months.len() != 1 {
        return Err(Failure::Usage("--annotated 只用于一个县一个月".to_owned()));
    }
    let mut refused = false;
    for month in &mut months {
        month.check();
        refused |= tell(month)?;
        if let Some(path) = &args.annotated {
            files::write(path, &annotated(month)?)?;
            output::tell(&format!("带批注的工作簿已写入 {}", path.display()));
        }
    }
    if refused { Err(Failure::Told) } else { Ok(()) }
}

/// Tells what was found; returns whether errors were among it.
fn tell(month: &CountyMonth) -> Result<bool, Failure> {
    for (file, encoding) in month.encodings() {
        output::tell(&format!("文件 {file} 按 {} 编码读取", encoding.name()));
    }
    let label = format!("{} {}", month.county, month.month);
    let refused = error_count(&month.findings) > 0;
    if refused {
        output::tell(&format!("{label} 检查未通过"));
    } else {
        let (schools, items) = (month.reading.facts.len(), month.reading.items.len());
        output::print(&format!("{label} 检查通过：学校{schools}所，县级指标要素{items}个"))?;
    }
    Findings::made(&month.findings).tell();
    Ok(refused)
}

fn annotated(month: &CountyMonth) -> Result<Vec<u8>, Failure> {
    let template = Template {
        county: month.county.clone(),
        county_name: month.reading.county_name().to_owned(),
        month: month.month,
        schools: check_school_rows(&month.reading.registry).0,
        standards: standards::national()?.to_vec(),
        before: None,
    };
    let remarks: Vec<Remark> = month.findings.iter().map(remark).collect();
    file::annotate(&template, &month.reading, &remarks)
        .map_err(|error| Failure::Broken {
            what: "无法写出带批注的工作簿".to_owned(), source: Box::new(error)
        })
}

fn remark(finding: &Finding) -> Remark {
    Remark {
        error: finding.severity == Severity::Error,
        path: finding.path.clone(),
        school: finding.school.clone().unwrap_or_default(),
        found: finding.found.clone(),
        message: finding.message.clone(),
        allowed: finding.allowed.clone(),
        remedy: finding.remedy.clone(),
    }
}
