//! `wasmill checkpoint list`: a line a manifest.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::checkpoint::{Found, Life, Manifest, State, Survey};
use crate::error::Result;

use super::super::args::{CheckpointFormat, ListArgs};
use super::super::columns::{table, texts, time};
use super::super::{Failure, term};
use super::text::{PATIENCE, by, heading, owned, owned_json, owner_json};

pub(super) async fn list(args: ListArgs) -> Result<(), Failure> {
    let keeper = super::keeper(args.pipeline, args.place)?;
    let survey = keeper.survey().await?;
    let life = keeper.life(&survey, PATIENCE).await?;
    let listed = Listed::of(&survey);
    match args.output {
        CheckpointFormat::Table => term::print(&listed.text(life)?)?,
        CheckpointFormat::Json => term::print_json(&listed.json(life).to_string())?,
    }
    Ok(())
}

/// A survey, and what of it is gone on from.
struct Listed<'s> {
    survey: &'s Survey,
    /// The checkpoints that lead to the newest one.
    chain: BTreeSet<u64>,
    /// The newest of them whose objects are all there.
    newest: Option<&'s Manifest>,
    /// Why nothing can be gone on from.
    trouble: Option<String>,
}

impl<'s> Listed<'s> {
    fn of(survey: &'s Survey) -> Self {
        let (chain, trouble) = match survey.chain() {
            Ok((chain, gone)) if chain.is_empty() => (
                chain,
                gone.map(|gone| format!("checkpoint {gone} is gone, and there is none before it")),
            ),
            Ok((chain, _)) => (chain, None),
            Err(fault) => (Vec::new(), Some(fault.to_string())),
        };
        let whole = chain.iter().find(|manifest| survey.missing(manifest).is_empty());
        let all_damaged = (whole.is_none() && !chain.is_empty()).then(|| "all checkpoints are damaged".to_owned());
        Self {
            survey,
            newest: whole.copied(),
            trouble: trouble.or(all_damaged),
            chain: chain.iter().map(|manifest| manifest.number).collect(),
        }
    }

    /// What is to be said of a manifest in a word or two.
    fn note(&self, found: &Found) -> String {
        let Some(manifest) = found.read() else {
            return "can't be read".to_owned();
        };
        if manifest.is_claim() {
            return "claim".to_owned();
        }
        let gone = self.survey.missing(manifest).len();
        if gone > 0 {
            return format!("damaged: {} gone", term::count(gone, "object"));
        }
        match self.newest {
            Some(newest) if newest.number == found.number => "newest".to_owned(),
            _ if !self.chain.contains(&found.number) => "void".to_owned(),
            _ => String::new(),
        }
    }

    fn text(&self, life: Life) -> Result<String> {
        let found = &self.survey.found;
        let manifests = || found.iter().map(Found::read);
        let of_state = |value: fn(&State) -> u64| {
            let value = move |manifest: &Manifest| manifest.state.as_ref().map(value);
            texts(manifests().map(move |manifest| {
                let value = manifest.and_then(value);
                Some(value.map_or_else(String::new, |value| value.to_string()))
            }))
        };
        let of_manifest = |value: fn(&Manifest) -> String| {
            texts(manifests().map(move |manifest| Some(manifest.map_or_else(String::new, value))))
        };
        let mut out = heading(self.survey);
        out.push_str(&table([
            (
                "number",
                texts(found.iter().map(|found| Some(found.number.to_string()))),
            ),
            ("written", of_manifest(|manifest| time(manifest.written_ms))),
            ("next_batch", of_state(|state| state.next_batch)),
            ("records", of_state(State::records)),
            ("groups", of_state(State::groups)),
            ("bytes", texts(found.iter().map(|found| Some(bytes(found).to_string())))),
            ("by", of_manifest(|manifest| by(&manifest.owner))),
            ("what", texts(found.iter().map(|found| Some(self.note(found))))),
        ])?);
        out.push_str(&self.goes_on());
        if let Some(newest) = self.survey.newest() {
            out.push_str(&owned(&newest.owner, life));
        }
        Ok(out)
    }

    fn goes_on(&self) -> String {
        if let Some(trouble) = &self.trouble {
            return format!("the next run can't go on: {trouble}\n");
        }
        match self
            .newest
            .and_then(|newest| Some((newest.number, newest.state.as_ref()?)))
        {
            Some((number, state)) => {
                let batch = state.next_batch;
                let condition = match state.transactional {
                    true => ", if Kafka has committed its transaction",
                    false => "",
                };
                format!("the next run goes on from checkpoint {number} with batch {batch}{condition}\n")
            }
            None => "there is no checkpoint to go on from: the next run begins anew\n".to_owned(),
        }
    }

    fn json(&self, life: Life) -> Value {
        let checkpoints = self.survey.found.iter().map(|found| {
            let manifest = found.read();
            let state = manifest.and_then(|manifest| manifest.state.as_ref());
            let missing = manifest
                .map(|manifest| self.survey.missing(manifest))
                .unwrap_or_default();
            json!({
                "number": found.number,
                "kind": match (manifest, state) {
                    (None, _) => "unreadable",
                    (Some(_), None) => "claim",
                    (Some(_), Some(_)) => "checkpoint",
                },
                "leadsToNewest": self.chain.contains(&found.number),
                "previous": manifest.and_then(|manifest| manifest.previous),
                "writtenMs": manifest.map(|manifest| manifest.written_ms),
                "nextBatch": state.map(|state| state.next_batch),
                "records": state.map(State::records),
                "groups": state.map(State::groups),
                "bytes": bytes(found),
                "missing": missing.iter().map(|object| object.path.as_str()).collect::<Vec<_>>(),
                "owner": manifest.map(|manifest| owner_json(&manifest.owner)),
            })
        });
        let newest = self.survey.newest();
        json!({
            "pipeline": newest.map(|newest| newest.pipeline.as_str()),
            "id": newest.map(|newest| newest.id.as_str()),
            "newest": self.newest.map(|newest| newest.number),
            "owner": newest.map(|newest| owned_json(&newest.owner, life)),
            "checkpoints": checkpoints.collect::<Vec<_>>(),
        })
    }
}

/// Of the manifest and all objects that it names, whoever else names them.
fn bytes(found: &Found) -> u64 {
    let objects = found.read().into_iter().flat_map(Manifest::objects);
    found.bytes + objects.map(|object| object.bytes).sum::<u64>()
}
