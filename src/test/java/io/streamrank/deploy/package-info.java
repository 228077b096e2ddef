/** Holds what deploys Streamrank, images and manifests, to its settings, paths and ports. */
package io.streamrank.deploy;
