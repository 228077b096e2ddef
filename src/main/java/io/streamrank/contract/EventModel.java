package io.streamrank.contract;

/** {@link ModelRef} to and from its place in events. */
final class EventModel {
    private EventModel() {}

    static io.streamrank.events.ModelRef event(ModelRef model) {
        return new io.streamrank.events.ModelRef(model.id(), model.revision(), model.family());
    }

    static ModelRef domain(io.streamrank.events.ModelRef event) {
        return new ModelRef(event.getId(), event.getRevision(), event.getFamily());
    }
}
