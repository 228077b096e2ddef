package io.streamrank.throughput;

/**
 * How the adding up of throughput is.
 *
 * @param state in one word
 * @param undecodable records since the start that held no statistics
 * @param late updates since the start that came too late for their window
 */
public record ThroughputHealth(State state, long undecodable, long late) {

    /** What it can be. */
    public enum State {
        /** Looking for the cluster, joining the group, reading its windows back. */
        STARTING,
        /** Adds up, or has nothing to do. */
        READY,
        /** Partitions or windows change hands; what comes meanwhile is added up afterwards. */
        REBALANCING,
        /** Asked to end. */
        STOPPING,
        /** Ended by a failure. */
        FAILED,
        /** Ended as asked. */
        ENDED
    }

    /** Whether the process is worth keeping for it. */
    public boolean isLive() {
        return state != State.FAILED && state != State.ENDED;
    }

    /** Whether windows can be asked for. */
    public boolean isReady() {
        return state == State.READY;
    }
}
