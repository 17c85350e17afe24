//! Rows of table `waivers`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "waivers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub county_code: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub known_at_unix_ms: i64,
    pub school_code: String,
    pub waiver_id: String,
    pub stage: Option<String>,
    pub from_month: i32,
    pub to_month: Option<i32>,
    pub quantity_millionths: Option<i64>,
    pub granted_on: String,
    pub granted_by: String,
    pub evidence: String,
    pub revocation_reason: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
