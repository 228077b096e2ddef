package io.streamrank.ingest;

import java.time.Duration;

/**
 * How a worker is.
 *
 * @param state all in one word
 * @param joined whether it has ever been given its part by the group
 * @param sincePoll since the poll loop last came round
 * @param inPass how long the present forward pass has taken; zero where there is none
 * @param sinceBroker since the group's coordinator was last spoken to; zero before the first time
 */
public record Health(State state, boolean joined, Duration sincePoll, Duration inPass, Duration sinceBroker) {

    /** What a worker can be. */
    public enum State {
        /** Loading models, looking for the cluster, joining the group. */
        STARTING,
        /** Models warm, in the group, in touch with the cluster. */
        READY,
        /** Was ready, and has not spoken to the cluster for a while. Waits for it. */
        CUT_OFF,
        /** Asked to end: finishes what is being scored. */
        STOPPING,
        /** A forward pass or the poll loop does not come back. Only ending the process helps. */
        STUCK,
        /** Is no more. */
        ENDED
    }

    /** Of a worker that has not begun. */
    public static final Health STARTING =
            new Health(State.STARTING, false, Duration.ZERO, Duration.ZERO, Duration.ZERO);

    /** Whether the process is worth keeping. */
    public boolean isLive() {
        return state != State.STUCK && state != State.ENDED;
    }

    /** Whether it takes work. */
    public boolean isReady() {
        return state == State.READY;
    }
}
