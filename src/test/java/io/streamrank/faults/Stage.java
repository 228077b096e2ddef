package io.streamrank.faults;

import io.streamrank.embedded.BrokerClasspath;
import io.streamrank.embedded.BrokerProcess;
import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.Detour;
import java.io.IOException;
import java.nio.file.Path;

/** A broker to do harm to, and the network through which its workers reach it. */
final class Stage implements AutoCloseable {
    private final Path folder;
    private final FaultProxy proxy;
    private final BrokerProcess broker;

    private Stage(Path folder, FaultProxy proxy, BrokerProcess broker) {
        this.folder = folder;
        this.proxy = proxy;
        this.broker = broker;
    }

    /**
     * Starts both.
     *
     * @param folder for what processes write
     * @param data the broker's folder
     */
    static Stage open(Path folder, Path data) throws IOException {
        FaultProxy proxy = FaultProxy.start();
        Detour detour = Detour.by(proxy.port());
        proxy.leadTo(detour.port());
        BrokerProcess broker =
                BrokerProcess.start(BrokerSettings.in(data).withDetour(detour), BrokerClasspath.ofThisJvm());
        return new Stage(folder, proxy, broker);
    }

    Path folder() {
        return folder;
    }

    FaultProxy proxy() {
        return proxy;
    }

    BrokerProcess broker() {
        return broker;
    }

    @Override
    public void close() {
        broker.close();
        proxy.close();
    }
}
