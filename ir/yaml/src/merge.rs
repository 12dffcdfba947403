//! What a mapping's keys need when it is complete: each key once, an index when there are many, and merge keys replaced by the entries
//! they bring.

use std::collections::{BTreeMap, BTreeSet};

use crate::build::{Builder, Halt};
use crate::record::{Id, NONE, Record, Tag};
use crate::{Problem, Style};

/// Mappings with more keys than this get an index; in smaller ones walking is faster.
const INDEX_ABOVE: u32 = 16;

impl Builder<'_> {
    /// Unlinks entries whose key has come before, and makes the index of a large mapping.
    pub(crate) fn settle_keys(&mut self, mapping: Id) {
        let len = self.current.record(mapping).len;
        let ids = self.members(mapping);
        let mut repeated = if len > INDEX_ABOVE {
            let mut sorted = ids.clone();
            // Stable, so that of equal keys the first comes first.
            sorted.sort_by(|&a, &b| self.key(a).cmp(self.key(b)));
            let mut repeated = Vec::new();
            let mut kept: Vec<Id> = Vec::with_capacity(sorted.len());
            for id in sorted {
                match kept.last() {
                    Some(&first) if self.key(first) == self.key(id) => repeated.push((first, id)),
                    _ => kept.push(id),
                }
            }
            self.current.indexes.push((mapping, kept.into_boxed_slice()));
            repeated
        } else {
            let mut repeated = Vec::new();
            for (at, &id) in ids.iter().enumerate() {
                if let Some(&first) = ids[..at].iter().find(|&&first| self.key(first) == self.key(id)) {
                    repeated.push((first, id));
                }
            }
            repeated
        };
        if repeated.is_empty() {
            return;
        }
        repeated.sort_by_key(|&(_, id)| id);
        for &(first, id) in &repeated {
            let (first, second) = (self.key_record(first).span, self.key_record(id).span);
            let problem = Problem::duplicate_key(self.key(id), first, second);
            self.problem(problem);
        }
        // Of merge keys each brings its entries.
        repeated.retain(|&(_, id)| !self.is_merge(id));
        // For kubectl the last one counts.
        self.current.overrides.extend(repeated.iter().copied());
        let kept: Vec<Id> = ids
            .into_iter()
            .filter(|id| repeated.binary_search_by_key(id, |&(_, repeated)| repeated).is_err())
            .collect();
        self.relink(mapping, &kept);
    }

    /// Puts the entries of merged mappings in the place of the merge keys, where the mapping does not have the key itself.
    /// The merged mappings are complete: an alias of one that is still open is no alias any more.
    pub(crate) fn apply_merges(&mut self, mapping: Id) -> Result<(), Halt> {
        let ids = self.members(mapping);
        let mut taken: BTreeMap<String, Id> = BTreeMap::new();
        taken.extend(ids.iter().filter(|&&id| !self.is_merge(id)).map(|&id| (self.key(id).to_owned(), id)));
        let mut entries = Vec::with_capacity(ids.len());
        // What earlier merge keys have brought: a later one overwrites it, too.
        let mut brought: BTreeSet<Id> = BTreeSet::new();
        for merge in ids {
            if !self.is_merge(merge) {
                entries.push(merge);
                continue;
            }
            let sources = self.merged(merge);
            if !sources.is_empty() {
                let problem = Problem::merge_key(self.key_record(merge).span);
                self.problem(problem);
            }
            // Whatever the mapping has before this point, kubectl overwrites; the first of the merged mappings wins.
            let mut overwritten: BTreeMap<Id, Id> = BTreeMap::new();
            for source in sources {
                for value in self.members(source) {
                    let read_by_kubectl = self.current.overrides.get(&value).copied().unwrap_or(value);
                    if let Some(&entry) = taken.get(self.key(value)) {
                        let last = self.current.overrides.get(&entry).copied().unwrap_or(entry);
                        if entry < merge && last < merge || brought.contains(&entry) {
                            overwritten.entry(entry).or_insert(read_by_kubectl);
                        }
                        continue;
                    }
                    let record = self.current.record(value);
                    let mut merged = Record::new(Tag::Alias, Style::Plain, record.span, NONE);
                    merged.key = record.key;
                    merged.merged = true;
                    merged.first = self.current.resolve(value);
                    let id = self.push(merged)?;
                    self.current.records[id as usize].parent = mapping;
                    taken.insert(self.key(id).to_owned(), id);
                    if read_by_kubectl != value {
                        self.current.overrides.insert(id, read_by_kubectl);
                    }
                    entries.push(id);
                }
            }
            self.current.overrides.extend(overwritten);
            brought.extend(&entries);
        }
        self.relink(mapping, &entries);
        // If it has an index already, that is the last one made.
        self.current.indexes.pop_if(|(id, _)| *id == mapping);
        if entries.len() as u32 > INDEX_ABOVE {
            entries.sort_by(|&a, &b| self.key(a).cmp(self.key(b)));
            self.current.indexes.push((mapping, entries.into_boxed_slice()));
        }
        Ok(())
    }

    /// The mappings that the value of a merge key names.
    fn merged(&mut self, id: Id) -> Vec<Id> {
        let target = self.current.resolve(id);
        let named = match self.current.record(target).tag {
            Tag::Sequence => self.members(target),
            _ => vec![id],
        };
        let mut found = Vec::with_capacity(named.len());
        for id in named {
            let target = self.current.resolve(id);
            if self.current.record(target).tag == Tag::Mapping {
                found.push(target);
            } else if !self.is_undefined_alias(target) {
                let problem = Problem::merge_of_scalar(self.current.record(id).span);
                self.problem(problem);
            }
        }
        found
    }

    /// Whether a scalar stands for an alias of nothing, which has been reported.
    fn is_undefined_alias(&self, id: Id) -> bool {
        let record = self.current.record(id);
        record.tag == Tag::Scalar && self.current.source[record.span.start as usize..].starts_with('*')
    }

    fn is_merge(&self, id: Id) -> bool {
        self.current.is_merge_key(self.current.record(id).key)
    }

    fn members(&self, collection: Id) -> Vec<Id> {
        let record = self.current.record(collection);
        let mut ids = Vec::with_capacity(record.len as usize);
        let mut id = record.first;
        while id != NONE {
            ids.push(id);
            id = self.current.record(id).next;
        }
        ids
    }

    fn relink(&mut self, collection: Id, members: &[Id]) {
        let records = &mut self.current.records;
        records[collection as usize].first = members.first().copied().unwrap_or(NONE);
        records[collection as usize].len = members.len() as u32;
        for (at, &id) in members.iter().enumerate() {
            records[id as usize].next = members.get(at + 1).copied().unwrap_or(NONE);
        }
    }

    fn key_record(&self, id: Id) -> &Record {
        self.current.record(self.current.record(id).key)
    }

    fn key(&self, id: Id) -> &str {
        self.current.text(self.key_record(id))
    }
}
