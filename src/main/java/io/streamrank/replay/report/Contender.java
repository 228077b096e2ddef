package io.streamrank.replay.report;

import io.streamrank.replay.run.FolderNames;

/**
 * Whose rankings are compared: the first stage's, the live worker's, a model's.
 *
 * @param name {@value #FIRST_STAGE}, {@value #LIVE} or the model's
 * @param kind which of them it is
 */
public record Contender(String name, Kind kind) {
    static final String FIRST_STAGE = FolderNames.FIRST_STAGE;
    static final String LIVE = FolderNames.LIVE;

    /** What made the ranking. */
    public enum Kind {
        /** Whoever sent the candidates. */
        FIRST_STAGE,

        /** The worker that answered at the time. */
        LIVE,

        /** A model of the replay. */
        MODEL
    }

    static Contender firstStage() {
        return new Contender(FIRST_STAGE, Kind.FIRST_STAGE);
    }

    static Contender live() {
        return new Contender(LIVE, Kind.LIVE);
    }

    static Contender model(String name) {
        return new Contender(name, Kind.MODEL);
    }

    boolean isModel() {
        return kind == Kind.MODEL;
    }
}
