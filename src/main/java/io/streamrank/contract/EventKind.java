package io.streamrank.contract;

import java.util.List;
import java.util.Optional;
import org.apache.avro.Schema;

/** The kinds of events there are, each with schemas of its own. */
public enum EventKind {
    CANDIDATE_LIST("CandidateList"),
    RANKED_LIST("RankedList"),
    BATCH_STATISTICS("BatchStatistics"),
    THROUGHPUT("Throughput"),
    JUDGMENT("Judgment");

    private final String record;

    EventKind(String record) {
        this.record = record;
    }

    /** The name of its Avro record, without the namespace: {@code CandidateList}. */
    public String record() {
        return record;
    }

    /** Every schema it was ever written with, first release first. The last is what is written now. */
    public List<Schema> released() {
        return ReleasedSchemas.released(record);
    }

    /** What keeps this version from reading events of a schema, if anything does. */
    public Optional<String> objectionTo(Schema writer) {
        return WriterSchemaCheck.objection(current(), writer);
    }

    /** What it is written with now. */
    public Schema current() {
        List<Schema> released = released();
        return released.get(released.size() - 1);
    }
}
