package io.streamrank.endtoend;

/** Brokers at an address, and a way to start workers for them. */
interface Site extends AutoCloseable {
    /** Where this test reaches the brokers. */
    String bootstrapServers();

    /** Starts a worker with a tiny model, the topics made as needed; waits until it has joined its group. */
    Deployed start(String instanceId) throws Exception;

    @Override
    void close() throws Exception;
}
