package io.streamrank.contract;

import org.jspecify.annotations.Nullable;

/** {@link Judgment} to and from the bytes of a {@code Judgment} event. Thread-safe. */
public final class JudgmentCodec {
    private final EventFormat<io.streamrank.events.Judgment> format;

    /** Reads all released versions, writes the last, framed by fingerprint. */
    public JudgmentCodec() {
        this(Framing.SINGLE_OBJECT);
    }

    /**
     * Reads all released versions and those that are registered; writes the last release.
     *
     * <p>Where schemas are looked up without waiting, decoding may throw a {@link SchemaAwaitedException}.
     */
    public JudgmentCodec(Framing framing) {
        format = new EventFormat<>(EventKind.JUDGMENT, io.streamrank.events.Judgment.class, framing);
    }

    /** Encodes a judgment. Its time is cut to milliseconds. Equal judgments give equal bytes. */
    public byte[] encode(Judgment judgment) {
        return format.encode(new io.streamrank.events.Judgment(
                judgment.queryId(), judgment.candidateId(), judgment.grade(), judgment.time(), judgment.source()));
    }

    /**
     * Decodes one event. A record without a value withdraws what its key names, and is no event.
     *
     * @throws RejectedException with one of EMPTY_VALUE, UNKNOWN_FORMAT, UNKNOWN_SCHEMA, UNDECODABLE
     */
    public Judgment decode(byte @Nullable [] value) throws RejectedException {
        io.streamrank.events.Judgment event = format.decode(value);
        return new Judgment(
                event.getQueryId(), event.getCandidateId(), event.getGrade(), event.getTime(), event.getSource());
    }
}
