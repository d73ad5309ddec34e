// CampoTech over gRPC-Web: typed clients for every service, with deadlines, tokens and retries.

export { CampoTech, type CampoTechOptions } from "./campotech.js";
export { Failure, failureOf, type FieldViolation } from "./failures.js";
export type { TokenSource } from "./tokens.js";

export * from "./gen/campotech/directory/v1/api_key_pb.js";
export * from "./gen/campotech/directory/v1/api_keys_pb.js";
export * from "./gen/campotech/directory/v1/arca_connection_pb.js";
export * from "./gen/campotech/directory/v1/connections_pb.js";
export * from "./gen/campotech/directory/v1/customer_pb.js";
export * from "./gen/campotech/directory/v1/directory_pb.js";
export * from "./gen/campotech/directory/v1/member_pb.js";
export * from "./gen/campotech/directory/v1/organization_pb.js";
export * from "./gen/campotech/directory/v1/whatsapp_connection_pb.js";
export * from "./gen/campotech/health/v1/health_pb.js";
export * from "./gen/campotech/health/v1/system_health_pb.js";
export * from "./gen/campotech/invoicing/v1/invoice_pb.js";
export * from "./gen/campotech/invoicing/v1/invoices_pb.js";
export * from "./gen/campotech/jobs/v1/job_pb.js";
export * from "./gen/campotech/jobs/v1/jobs_pb.js";
export * from "./gen/campotech/messaging/v1/conversation_pb.js";
export * from "./gen/campotech/messaging/v1/message_pb.js";
export * from "./gen/campotech/messaging/v1/messages_pb.js";
export * from "./gen/campotech/operations/v1/queue_metrics_pb.js";
export * from "./gen/campotech/operations/v1/queues_pb.js";
export * from "./gen/campotech/operations/v1/task_pb.js";
export * from "./gen/campotech/tracking/v1/device_pb.js";
export * from "./gen/campotech/tracking/v1/location_pb.js";
export * from "./gen/campotech/tracking/v1/locations_pb.js";
export * from "./gen/campotech/type/v1/address_pb.js";
export * from "./gen/campotech/type/v1/fiscal_pb.js";
export * from "./gen/campotech/type/v1/money_pb.js";
