package io.streamrank.contract;

import static io.streamrank.contract.Rejection.Reason.INVALID;

import io.streamrank.events.CandidateList;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.avro.message.SchemaStore;
import org.jspecify.annotations.Nullable;

/** {@link RerankRequest} to and from the bytes of a {@code CandidateList} event. Thread-safe. */
public final class CandidateListCodec {
    private final EventFormat<CandidateList> format;

    /** Reads all released versions, writes the last, framed by fingerprint. */
    public CandidateListCodec() {
        this(Framing.SINGLE_OBJECT);
    }

    /**
     * Reads all released versions and those that are registered; writes the last release.
     *
     * <p>Where schemas are looked up without waiting, decoding may throw a {@link SchemaAwaitedException}.
     */
    public CandidateListCodec(Framing framing) {
        format = new EventFormat<>(EventKind.CANDIDATE_LIST, CandidateList.class, framing);
    }

    CandidateListCodec(SchemaStore schemas) {
        format = new EventFormat<>(CandidateList.class, schemas);
    }

    /** Encodes a request. The deadline is cut to milliseconds. Equal requests give equal bytes. */
    public byte[] encode(RerankRequest request) {
        Query query = request.query();
        List<io.streamrank.events.Candidate> candidates =
                new ArrayList<>(request.candidates().size());
        for (Candidate candidate : request.candidates()) {
            candidates.add(new io.streamrank.events.Candidate(
                    candidate.id(), candidate.text(), candidate.score(), event(candidate.tokenIds())));
        }
        return format.encode(new CandidateList(
                request.requestId(),
                new io.streamrank.events.Query(query.id(), query.text()),
                candidates,
                request.tokenizer(),
                request.model(),
                request.topK(),
                request.deadline(),
                SortedEntries.of(request.attributes())));
    }

    /**
     * Decodes and checks one event. An empty list of candidates passes: what a worker accepts is the worker's to say.
     *
     * @param value the record's value
     * @throws RejectedException with one of EMPTY_VALUE, UNKNOWN_FORMAT, UNKNOWN_SCHEMA, UNDECODABLE; or INVALID for a
     *     blank query, a topK below 1, an id that two candidates share, an empty list of token ids, token ids of no named tokenizer
     */
    public RerankRequest decode(byte @Nullable [] value) throws RejectedException {
        CandidateList event = format.decode(value);
        RerankRequest request = new RerankRequest(
                event.getRequestId(),
                new Query(event.getQuery().getId(), event.getQuery().getText()),
                candidates(event.getCandidates()),
                event.getTokenizer(),
                event.getModel(),
                event.getTopK(),
                event.getDeadline(),
                event.getAttributes());
        RequestCheck.require(request);
        return request;
    }

    private static List<Candidate> candidates(List<io.streamrank.events.Candidate> events) throws RejectedException {
        List<Candidate> candidates = new ArrayList<>(events.size());
        for (io.streamrank.events.Candidate event : events) {
            if (event.getTokenIds() != null && event.getTokenIds().isEmpty()) {
                throw EventFormat.rejected(
                        INVALID,
                        "candidate " + candidates.size() + " (counted from 0) brings an empty list of token ids: a"
                                + " document without tokens is sent as text, without tokenIds",
                        null);
            }
            candidates.add(
                    new Candidate(event.getId(), event.getText(), event.getScore(), domain(event.getTokenIds())));
        }
        return candidates;
    }

    private static @Nullable List<Integer> event(@Nullable TokenIds tokenIds) {
        return tokenIds == null ? null : IntStream.of(tokenIds.ids()).boxed().toList();
    }

    private static @Nullable TokenIds domain(@Nullable List<Integer> event) {
        return event == null
                ? null
                : new TokenIds(event.stream().mapToInt(Integer::intValue).toArray());
    }
}
