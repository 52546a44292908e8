"""The families of the infiniband collector that come from a port's folder `hw_counters`."""

from exporter.kernel.infiniband_counters import counter

HARDWARE = {
    "duplicate_request": counter(
        "duplicate_requests_packets",
        "The number of received packets. A duplicate request is a request that had been previously executed.",
    ),
    "implied_nak_seq_err": counter(
        "implied_nak_seq_errors",
        "The number of time the requested decided an ACK. with a PSN larger than the expected PSN for an"
        " RDMA read or response.",
    ),
    "local_ack_timeout_err": counter(
        "local_ack_timeout_errors",
        "The number of times QP's ack timer expired for RC, XRC, DCT QPs at the sender side. The QP"
        " retry limit was not exceed, therefore it is still recoverable error.",
    ),
    "np_cnp_sent": counter(
        "np_cnp_packets_sent",
        "The number of CNP packets sent by the Notification Point when it noticed congestion experienced"
        " in the RoCEv2 IP header (ECN bits). The counters was added in MLNX_OFED 4.1",
    ),
    "np_ecn_marked_roce_packets": counter(
        "np_ecn_marked_roce_packets_received",
        "The number of RoCEv2 packets received by the notification point which were marked for"
        " experiencing the congestion (ECN bits where '11' on the ingress RoCE traffic) . The counters"
        " was added in MLNX_OFED 4.1",
    ),
    "out_of_buffer": counter(
        "out_of_buffer_drops",
        "The number of drops occurred due to lack of WQE for the associated QPs.",
    ),
    "out_of_sequence": counter(
        "out_of_sequence_packets_received",
        "The number of out of sequence packets received.",
    ),
    "packet_seq_err": counter(
        "packet_sequence_errors",
        "The number of received NAK sequence error packets. The QP retry limit was not exceeded.",
    ),
    "req_cqe_error": counter(
        "req_cqes_errors",
        "The number of times requester detected CQEs completed with errors. The counters was added in MLNX_OFED 4.1",
    ),
    "req_cqe_flush_error": counter(
        "req_cqes_flush_errors",
        "The number of times requester detected CQEs completed with flushed errors. The counters was"
        " added in MLNX_OFED 4.1",
    ),
    "req_remote_access_errors": counter(
        "req_remote_access_errors",
        "The number of times requester detected remote access errors. The counters was added in MLNX_OFED 4.1",
    ),
    "req_remote_invalid_request": counter(
        "req_remote_invalid_request_errors",
        "The number of times requester detected remote invalid request errors. The counters was added in MLNX_OFED 4.1",
    ),
    "resp_cqe_error": counter(
        "resp_cqes_errors",
        "The number of times responder detected CQEs completed with errors. The counters was added in MLNX_OFED 4.1",
    ),
    "resp_cqe_flush_error": counter(
        "resp_cqes_flush_errors",
        "The number of times responder detected CQEs completed with flushed errors. The counters was"
        " added in MLNX_OFED 4.1",
    ),
    "resp_local_length_error": counter(
        "resp_local_length_errors",
        "The number of times responder detected local length errors. The counters was added in MLNX_OFED 4.1",
    ),
    "resp_remote_access_errors": counter(
        "resp_remote_access_errors",
        "The number of times responder detected remote access errors. The counters was added in MLNX_OFED 4.1",
    ),
    "rnr_nak_retry_err": counter(
        "rnr_nak_retry_packets_received",
        "The number of received RNR NAK packets. The QP retry limit was not exceeded.",
    ),
    "roce_adp_retrans": counter(
        "roce_adp_retransmits",
        "The number of adaptive retransmissions for RoCE traffic. The counter was added in MLNX_OFED rev"
        " 5.0-1.0.0.0 and kernel v5.6.0",
    ),
    "roce_adp_retrans_to": counter(
        "roce_adp_retransmits_timeout",
        "The number of times RoCE traffic reached timeout due to adaptive retransmission. The counter"
        " was added in MLNX_OFED rev 5.0-1.0.0.0 and kernel v5.6.0",
    ),
    "roce_slow_restart": counter(
        "roce_slow_restart_used",
        "The number of times RoCE slow restart was used. The counter was added in MLNX_OFED rev"
        " 5.0-1.0.0.0 and kernel v5.6.0",
    ),
    "roce_slow_restart_cnps": counter(
        "roce_slow_restart_cnps",
        "The number of times RoCE slow restart generated CNP packets. The counter was added in MLNX_OFED"
        " rev 5.0-1.0.0.0 and kernel v5.6.0",
    ),
    "roce_slow_restart_trans": counter(
        "roce_slow_restart",
        "The number of times RoCE slow restart changed state to slow restart. The counter was added in"
        " MLNX_OFED rev 5.0-1.0.0.0 and kernel v5.6.0",
    ),
    "rp_cnp_handled": counter(
        "rp_cnp_packets_handled",
        "The number of CNP packets handled by the Reaction Point HCA to throttle the transmission rate."
        " The counters was added in MLNX_OFED 4.1",
    ),
    "rp_cnp_ignored": counter(
        "rp_cnp_ignored_packets_received",
        "The number of CNP packets received and ignored by the Reaction Point HCA. This counter should"
        " not raise if RoCE Congestion Control was enabled in the network. If this counter raise, verify"
        " that ECN was enabled on the adapter.",
    ),
    "rx_atomic_requests": counter(
        "rx_atomic_requests",
        "The number of received ATOMIC request for the associated QPs.",
    ),
    "rx_dct_connect": counter(
        "rx_dct_connect_requests",
        "The number of received connection requests for the associated DCTs.",
    ),
    "rx_read_requests": counter(
        "rx_read_requests",
        "The number of received READ requests for the associated QPs.",
    ),
    "rx_write_requests": counter(
        "rx_write_requests",
        "The number of received WRITE requests for the associated QPs.",
    ),
    "rx_icrc_encapsulated": counter(
        "rx_icrc_encapsulated_errors",
        "The number of RoCE packets with ICRC errors. This counter was added in MLNX_OFED 4.4 and kernel 4.19",
    ),
}
