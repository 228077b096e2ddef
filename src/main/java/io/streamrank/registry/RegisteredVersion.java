package io.streamrank.registry;

import org.apache.avro.Schema;

/**
 * A schema under a subject.
 *
 * @param version counts the subject's schemas
 * @param id the schema's own, which events carry
 */
public record RegisteredVersion(int version, int id, Schema schema) {}
