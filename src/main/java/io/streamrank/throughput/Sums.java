package io.streamrank.throughput;

import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.DeviceUse;
import io.streamrank.contract.Throughput;
import io.streamrank.contract.Work;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Adds statistics to a window. */
final class Sums {
    private static final Comparator<DeviceUse> ORDER =
            Comparator.comparing(DeviceUse::worker).thenComparing(DeviceUse::device);

    private final Prices prices;

    Sums(Prices prices) {
        this.prices = prices;
    }

    /** The window with statistics whose time lies in it. */
    Throughput plus(Throughput window, BatchStatistics told) {
        int scored = told.requests() - told.expired();
        return new Throughput(
                window.scope(),
                window.size(),
                window.start(),
                window.work().plus(Work.of(told)),
                window.late(),
                devices(window.devices(), told),
                cost(window.cost(), told),
                LatencySketch.plus(window.queue(), told.queue()),
                LatencySketch.plus(window.inference(), told.inference(), scored),
                LatencySketch.plus(window.endToEnd(), told.endToEnd()));
    }

    /** The window with statistics that belong into an earlier one, which is closed. */
    Throughput plusLate(Throughput window, BatchStatistics told) {
        return new Throughput(
                window.scope(),
                window.size(),
                window.start(),
                window.work(),
                window.late().plus(Work.of(told)),
                window.devices(),
                window.cost(),
                window.queue(),
                window.inference(),
                window.endToEnd());
    }

    private static List<DeviceUse> devices(List<DeviceUse> devices, BatchStatistics told) {
        if (told.inference().isZero()) {
            return devices;
        }
        List<DeviceUse> all = new ArrayList<>(devices.size() + 1);
        Duration inference = told.inference();
        for (DeviceUse use : devices) {
            if (use.worker().equals(told.worker()) && use.device().equals(told.device())) {
                inference = inference.plus(use.inference());
            } else {
                all.add(use);
            }
        }
        all.add(new DeviceUse(told.worker(), told.device(), inference));
        all.sort(ORDER);
        return all;
    }

    private @Nullable Double cost(@Nullable Double before, BatchStatistics told) {
        OptionalDouble more = prices.of(told.device(), told.inference());
        if (more.isEmpty()) {
            return before;
        }
        return (before == null ? 0 : before) + more.getAsDouble();
    }
}
