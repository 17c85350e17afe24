//! `junheng simulate`: what a county would be judged to be after changes that nobody has made, by the evaluation service.

use std::path::PathBuf;

use jiff::Timestamp;
use junheng_domain::code::{Month, RegionCode};
use junheng_proto::evaluation::v1::{Change, SimulateCountyRequest, Simulation};
use junheng_wire::{name, time};

use crate::{args, failure::Failure, figures, files::File, findings::Findings, output, server, summary::title};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng simulate 210922 --month 2024-12 --changes 撤并.json

撤并.json 是改动的列表，依次执行，如：
  [
    {\"mergeSchools\": {\"schoolCodes\": [\"2121000001\", \"2121000002\"], \"into\": \"2121000001\"}},
    {\"moveTeachers\": {\"from\": \"2121000001\", \"to\": \"2121000003\", \"stage\": \"STAGE_PRIMARY\", \"teachers\": 3, \"aboveDegree\": 2}},
    {\"setElement\": {\"schoolCode\": \"2121000003\", \"element\": \"multimedia_rooms\", \"quantity\": 12}}
  ]

改动的种类及其字段（标 ? 的可以不写；stage 为 \"STAGE_PRIMARY\" 或 \"STAGE_JUNIOR\"）：
  setElement    改学校的一个指标要素：schoolCode、element、quantity?（不写即缺失）
  setItem       改县级指标项的一个要素：item、operand，及 quantity、declaration、date 之一（都不写即缺失）
  setPupils     改学校一个学段的在校生：schoolCode、stage、pupils?（不写即缺失）
  movePupils    学生转校：from、to、stage、pupils
  moveTeachers  教师调动：from、to、stage、teachers，其中 aboveDegree?、backbone?、peArts?、seniorTitle?（不写即不详）
  mergeSchools  合并学校：schoolCodes、into、displayName?（新代码须写）、schoolType?
  splitSchool   分出新学校：schoolCode、newSchool、facts?、share?（0 至 1，facts 未写的学校整体要素按此划分）、remainingType?
  openSchool    新设学校：school、facts
  closeSchool   停办学校：schoolCode、pupils（列表，各项为 schoolCode?、stage、pupils；schoolCode 不写即离开本县）
  newSchool、school 的字段：name（regions/<县>/schools/<代码>）、displayName、schoolType、organiserType、urbanRuralCode、openedOn? 等
  facts 的字段与指标要素同名，如 pupilsPrimary、teachingAreaM2；schoolCode 可以不写

不写入任何数据。改动有错误时，全部问题列在标准错误上，退出码为 1。变化的指标按由差到好排列。";

/// Arguments of `junheng simulate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(value_parser = args::county, help = "县的六位行政区划代码")]
    county: RegionCode,
    #[arg(long, value_parser = args::month, help = "月份，如 2024-12")]
    month: Month,
    #[arg(long, value_name = "FILE.json", help = "假设的改动")]
    changes: PathBuf,
    #[arg(long, value_name = "ID", help = "评估标准的编号 [默认：该县现行的全部标准]")]
    standard: Option<String>,
    #[arg(long, value_name = "INSTANT", value_parser = args::instant, help = "只计该时刻已知的数据，如 2025-01-05T00:00:00Z")]
    as_of: Option<Timestamp>,
    #[arg(long, value_name = "URL", default_value = server::EVALUATION, help = "评估服务的地址")]
    server: String,
    #[arg(long, help = "列出全部变化的指标")]
    all: bool,
    #[arg(long, help = "输出 JSON（protobuf 的规范形式），零照写，缺失的不写")]
    json: bool,
}

/// Asks, and prints the answer.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let file = File::read(&args.changes)?;
    let changes = read(&file.bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Failure::Refused(format!("文件 {} 不是改动的列表：第{line}行第{column}列有误（{error}）", file.name()))
    })?;
    let request = SimulateCountyRequest {
        region: name::region(&args.county),
        month: args.month.to_string(),
        standard: args.standard.as_deref().map(name::standard).unwrap_or_default(),
        as_of: args.as_of.map(time::encode),
        changes,
    };
    let response = server::connect(&args.server).await?.simulate_county(request).await?;
    let found = Findings::new(&response.findings, &response.finding_groups);
    found.tell();
    if found.refuse() {
        return Err(Failure::Told);
    }
    if args.json {
        return output::print(&serde_json::to_string_pretty(&response)?);
    }
    let shown = if args.all { usize::MAX } else { figures::SHOWN };
    for simulation in &response.simulations {
        output::print(&text(&args.county, simulation, shown))?;
    }
    Ok(())
}

fn read(bytes: &[u8]) -> Result<Vec<Change>, serde_json::Error> {
    serde_json::from_slice(bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes))
}

fn text(county: &RegionCode, simulation: &Simulation, shown: usize) -> String {
    let evaluation = simulation.evaluation.clone().unwrap_or_default();
    let difference = simulation.difference.clone().unwrap_or_default();
    let mut lines = vec![
        format!("{county}  {}  {}（{}）", evaluation.month, evaluation.standard_title, evaluation.standard),
        format!("县域结论：{}，假设改动后：{}", title(difference.verdict_before()), title(difference.verdict_after())),
        String::new(),
    ];
    lines.extend(figures::lines(&difference, &[], shown));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use junheng_proto::evaluation::v1::change::Kind;

    use super::*;

    #[test]
    fn the_changes_of_the_example_are_read() {
        let start = EXAMPLES.find("  [\n").unwrap();
        let end = EXAMPLES.find("\n  ]").unwrap() + "\n  ]".len();

        let changes = read(&EXAMPLES.as_bytes()[start..end]).unwrap();

        assert_eq!(changes.len(), 3);
        let Some(Kind::MoveTeachers(movement)) = &changes[1].kind else { panic!("{:?}", changes[1]) };
        assert_eq!((movement.teachers, movement.above_degree, movement.backbone), (3, Some(2), None));
    }

    #[test]
    fn a_change_that_is_misspelt_is_not_sent() {
        let error = read(br#"[{"mergeSchool": {}}]"#).unwrap_err();

        assert!(error.to_string().contains("mergeSchool"), "{error}");
    }
}
