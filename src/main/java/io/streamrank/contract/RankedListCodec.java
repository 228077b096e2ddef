package io.streamrank.contract;

import static io.streamrank.contract.Rejection.Reason.INVALID;

import io.streamrank.events.RankedList;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.message.SchemaStore;
import org.jspecify.annotations.Nullable;

/** {@link Ranking} to and from the bytes of a {@code RankedList} event. Thread-safe. */
public final class RankedListCodec {
    private final EventFormat<RankedList> format;

    /** Reads all released versions, writes the last, framed by fingerprint. */
    public RankedListCodec() {
        this(Framing.SINGLE_OBJECT);
    }

    /**
     * Reads all released versions and those that are registered; writes the last release.
     *
     * <p>Where schemas are looked up without waiting, decoding may throw a {@link SchemaAwaitedException}.
     */
    public RankedListCodec(Framing framing) {
        format = new EventFormat<>(EventKind.RANKED_LIST, RankedList.class, framing);
    }

    RankedListCodec(SchemaStore schemas) {
        format = new EventFormat<>(RankedList.class, schemas);
    }

    /** Encodes a ranking. Timings are cut to microseconds. Equal rankings give equal bytes. */
    public byte[] encode(Ranking ranking) {
        List<io.streamrank.events.RankedCandidate> candidates =
                new ArrayList<>(ranking.candidates().size());
        for (RankedCandidate candidate : ranking.candidates()) {
            candidates.add(new io.streamrank.events.RankedCandidate(
                    candidate.id(),
                    candidate.score(),
                    candidate.rank(),
                    candidate.previousRank(),
                    candidate.truncated()));
        }
        SourcePosition source = ranking.source();
        Timings timings = ranking.timings();
        return format.encode(new RankedList(
                ranking.requestId(),
                ranking.queryId(),
                event(ranking.outcome()),
                EventModel.event(ranking.model()),
                ranking.device(),
                ranking.dtype(),
                candidates,
                new io.streamrank.events.SourcePosition(source.topic(), source.partition(), source.offset()),
                new io.streamrank.events.Timings(
                        Micros.of(timings.queue()), Micros.of(timings.tokenize()), Micros.of(timings.inference())),
                SortedEntries.of(ranking.attributes())));
    }

    /**
     * Decodes one event.
     *
     * @param value the record's value
     * @throws RejectedException with one of EMPTY_VALUE, UNKNOWN_FORMAT, UNKNOWN_SCHEMA, UNDECODABLE; or INVALID for a
     *     rank below 1, or an outcome that this version does not know
     */
    public Ranking decode(byte @Nullable [] value) throws RejectedException {
        RankedList event = format.decode(value);
        io.streamrank.events.SourcePosition source = event.getSource();
        io.streamrank.events.Timings timings = event.getTimings();
        return new Ranking(
                event.getRequestId(),
                event.getQueryId(),
                outcome(event.getOutcome()),
                EventModel.domain(event.getModel()),
                event.getDevice(),
                event.getDtype(),
                candidates(event.getRanking()),
                new SourcePosition(source.getTopic(), source.getPartition(), source.getOffset()),
                new Timings(
                        Micros.duration(timings.getQueueMicros()),
                        Micros.duration(timings.getTokenizeMicros()),
                        Micros.duration(timings.getInferenceMicros())),
                event.getAttributes());
    }

    private static List<RankedCandidate> candidates(List<io.streamrank.events.RankedCandidate> events)
            throws RejectedException {
        List<RankedCandidate> candidates = new ArrayList<>(events.size());
        for (io.streamrank.events.RankedCandidate event : events) {
            if (event.getRank() < 1 || event.getPreviousRank() < 1) {
                throw invalid("ranks start at 1, but candidate " + candidates.size() + " (counted from 0) has rank "
                        + event.getRank() + ", previousRank " + event.getPreviousRank());
            }
            candidates.add(new RankedCandidate(
                    event.getId(), event.getScore(), event.getRank(), event.getPreviousRank(), event.getTruncated()));
        }
        return candidates;
    }

    private static io.streamrank.events.Outcome event(Ranking.Outcome outcome) {
        return switch (outcome) {
            case RANKED -> io.streamrank.events.Outcome.RANKED;
            case EXPIRED -> io.streamrank.events.Outcome.EXPIRED;
        };
    }

    private static Ranking.Outcome outcome(io.streamrank.events.Outcome event) throws RejectedException {
        return switch (event) {
            case RANKED -> Ranking.Outcome.RANKED;
            case EXPIRED -> Ranking.Outcome.EXPIRED;
            case UNKNOWN -> throw invalid("the outcome is one this version does not know");
        };
    }

    private static RejectedException invalid(String message) {
        return EventFormat.rejected(INVALID, message, null);
    }
}
