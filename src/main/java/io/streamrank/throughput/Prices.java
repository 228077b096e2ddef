package io.streamrank.throughput;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What an hour of a device costs, in any currency.
 *
 * @param perHour by kind of device: {@code cpu}, {@code gpu}; kinds that are not there have no price
 */
public record Prices(Map<String, Double> perHour) {
    /** Nothing has a price. */
    public static final Prices NONE = new Prices(Map.of());

    private static final double NANOS_PER_HOUR = 3.6e12;

    public Prices {
        perHour = Map.copyOf(perHour);
        perHour.forEach((kind, price) -> {
            if (!(price >= 0) || price.isInfinite()) {
                throw new IllegalArgumentException(
                        "the price per hour of a " + kind + " must be a number from 0 on, not " + price);
            }
        });
    }

    /**
     * What it cost to have a device busy; empty where it has no price.
     *
     * @param device with or without its number: {@code gpu(1)}
     */
    OptionalDouble of(String device, Duration busy) {
        int bracket = device.indexOf('(');
        String kind = bracket < 0 ? device : device.substring(0, bracket);
        return perHour.containsKey(kind)
                ? OptionalDouble.of(requireNonNull(perHour.get(kind)) * busy.toNanos() / NANOS_PER_HOUR)
                : OptionalDouble.empty();
    }
}
