package io.streamrank.ingest;

import java.util.List;
import java.util.Optional;

/**
 * What is to become of models' next revisions, and how far it is.
 *
 * @param fileError why what the rollout file says last is not followed; empty where it is, or where there is no file
 * @param rollouts one for each model that the file names, by id
 */
public record RolloutReport(Optional<String> fileError, List<Rollout> rollouts) {
    /** Nothing is rolled out. */
    public static final RolloutReport NONE = new RolloutReport(Optional.empty(), List.of());

    public RolloutReport {
        rollouts = List.copyOf(rollouts);
    }

    /** How far a rollout is. */
    public enum State {
        /** The next revision is being loaded; requests are ranked as before. */
        LOADING,
        /** It is loaded and gets its share, be that none. */
        SERVING,
        /** It cannot be loaded; requests are ranked as before, and it is tried again. */
        FAILED,
        /** It is the very revision that the worker began with: there is nothing to roll out. */
        SAME
    }

    /**
     * One model's.
     *
     * @param model its id
     * @param path of the next revision's folder
     * @param revision that the folder holds; empty before it is known
     * @param share of requests that it is to get, from 0 to 1
     * @param state how far it is
     * @param error why it cannot be loaded; empty unless FAILED
     */
    public record Rollout(
            String model, String path, Optional<String> revision, double share, State state, Optional<String> error) {}

    /** Whether all is as the file says, or will be soon. */
    public boolean isSound() {
        return fileError.isEmpty() && rollouts.stream().noneMatch(rollout -> rollout.state() == State.FAILED);
    }
}
