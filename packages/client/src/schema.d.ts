// Written by `npm run build:client` from /openapi.json. Not to be edited by hand.
export interface paths {
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Live */
        get: operations["Health_live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Ready */
        get: operations["Health_ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Message */
        post: operations["Agents_message"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Prometheus */
        get: operations["Health_prometheus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/audience": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Audience */
        post: operations["Campaigns_audience"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Entries */
        get: operations["Access_entries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/backups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List */
        get: operations["Backup_list"];
        put?: never;
        /** Make */
        post: operations["Backup_make"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/backups/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove */
        delete: operations["Backup_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/embedding": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Coverage */
        get: operations["Embedding_coverage"];
        put?: never;
        /** Backfill */
        post: operations["Embedding_backfill"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/erasures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List */
        get: operations["Erasures_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/evaluations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How each learned model did on the held-back part, and what became of it, newest first */
        get: operations["Training_evaluations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/experiments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All experiments, newest first */
        get: operations["Experiments_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/experiments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One experiment with the shares its arms have now */
        get: operations["Experiments_get"];
        /** Start, change, pause or stop an experiment */
        put: operations["Experiments_put"];
        post?: never;
        /** Forget an experiment; the impressions keep what was logged */
        delete: operations["Experiments_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/experiments/{id}/result": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is known now, with intervals that may be looked at at any time */
        get: operations["Experiments_result"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Export */
        get: operations["Export_export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/feeds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List */
        get: operations["Feeds_list"];
        put?: never;
        /** Create */
        post: operations["Feeds_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/feeds/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read */
        get: operations["Feeds_read"];
        /** Put */
        put: operations["Feeds_put"];
        post?: never;
        /** Delete */
        delete: operations["Feeds_delete"];
        options?: never;
        head?: never;
        /** Patch */
        patch: operations["Feeds_patch"];
        trace?: never;
    };
    "/v1/admin/feeds/{id}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run */
        post: operations["Feeds_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List */
        get: operations["Imports_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/imports/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read */
        get: operations["Imports_read"];
        /** Report */
        put: operations["Imports_report"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/imports/{id}/rejected": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Rejected */
        get: operations["Imports_rejected"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/indexes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Status */
        get: operations["Indexes_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/indexes/build": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Build */
        post: operations["Indexes_build"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/indexes/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Verify */
        post: operations["Indexes_verify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Jobs */
        get: operations["Admin_jobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/jobs/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Retry */
        post: operations["Admin_retry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List */
        get: operations["Access_list"];
        put?: never;
        /** Create */
        post: operations["Access_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke */
        delete: operations["Access_revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/map": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Map */
        get: operations["Admin_map"];
        put?: never;
        /** Redraw */
        post: operations["Admin_redraw"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics */
        get: operations["Admin_metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The registry of models, newest first */
        get: operations["Training_models"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One model with its weights, data window and metrics */
        get: operations["Training_model"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models/{version}/promote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a stored model the live one */
        post: operations["Training_promote"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Back to the model of this kind that was live before */
        post: operations["Training_rollback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List */
        get: operations["Campaigns_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/placements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List placements */
        get: operations["Merchandising_listPlacements"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/placements/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get placement */
        get: operations["Merchandising_getPlacement"];
        /** Put placement */
        put: operations["Merchandising_putPlacement"];
        post?: never;
        /** Delete placement */
        delete: operations["Merchandising_deletePlacement"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/quality": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Quality */
        get: operations["Admin_quality"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List rules */
        get: operations["Merchandising_listRules"];
        put?: never;
        /** Create rule */
        post: operations["Merchandising_createRule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/rules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get rule */
        get: operations["Merchandising_getRule"];
        /** Put rule */
        put: operations["Merchandising_putRule"];
        post?: never;
        /** Delete rule */
        delete: operations["Merchandising_deleteRule"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/segments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List segments */
        get: operations["Campaigns_listSegments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether this browser is signed in */
        get: operations["Session_read"];
        put?: never;
        /** Sign in with an admin key: answers with a session cookie */
        post: operations["Session_open"];
        /** Sign out: the session ends on the server too */
        delete: operations["Session_close"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Status */
        get: operations["Admin_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/traffic": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Traffic */
        get: operations["Admin_traffic"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/training": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Training runs, newest first, with progress */
        get: operations["Training_runs"];
        put?: never;
        /** Start a training run in the background */
        post: operations["Training_start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/training/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One training run */
        get: operations["Training_run"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/try-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What would be recommended with these models, or with this rule; nothing is logged or changed */
        post: operations["TryOut_ask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List */
        get: operations["Webhooks_list"];
        put?: never;
        /** Create */
        post: operations["Webhooks_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read */
        get: operations["Webhooks_read"];
        put?: never;
        post?: never;
        /** Delete */
        delete: operations["Webhooks_delete"];
        options?: never;
        head?: never;
        /** Patch */
        patch: operations["Webhooks_patch"];
        trace?: never;
    };
    "/v1/admin/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Log */
        get: operations["Webhooks_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/webhooks/{id}/deliveries/{deliveryId}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Retry */
        post: operations["Webhooks_retry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/webhooks/{id}/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Rotate */
        post: operations["Webhooks_rotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Test */
        post: operations["Webhooks_test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/classify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Classify */
        post: operations["Embedding_classify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/embeddings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Embeddings */
        post: operations["Embedding_embeddings"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/erasures/{receiptId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read */
        get: operations["Erasures_read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** One */
        post: operations["Events_one"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Batch */
        post: operations["Events_batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Upload */
        post: operations["Uploads_upload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/items": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List */
        get: operations["Items_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/items/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read */
        get: operations["Items_read"];
        /** Put */
        put: operations["Items_put"];
        post?: never;
        /** Remove */
        delete: operations["Items_remove"];
        options?: never;
        head?: never;
        /** Patch */
        patch: operations["Items_patch"];
        trace?: never;
    };
    "/v1/items/{id}/bought-together": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Items bought together with this one, then what goes with it */
        get: operations["Recommendation_together"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/items/{id}/reviews": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List */
        get: operations["Reviews_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/items/{id}/reviews/{reviewId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Put */
        put: operations["Reviews_put"];
        post?: never;
        /** Remove */
        delete: operations["Reviews_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/items/{id}/similar": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Items that look and read like this one */
        get: operations["Recommendation_similar"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/items/{id}/vectors/{modality}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Put vector */
        put: operations["Embedding_putVector"];
        post?: never;
        /** Delete vector */
        delete: operations["Embedding_deleteVector"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/items/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Batch */
        post: operations["Items_batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pictures/{hash}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read */
        get: operations["Pictures_read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/popular": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What many look at and buy these days */
        get: operations["Recommendation_popular"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/recommendations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What should this visitor see next, from what they did and what they are looking at now */
        post: operations["Recommendation_recommend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reviews/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Batch */
        post: operations["Reviews_batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Items by words, pictures or both; an exact title, id or SKU stands first */
        post: operations["Recommendation_search"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Erase */
        delete: operations["UsersPrivacy_erase"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{id}/consent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Consent */
        get: operations["UsersPrivacy_consent"];
        /** Allow */
        put: operations["UsersPrivacy_allow"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Export */
        get: operations["UsersPrivacy_export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/merge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Merge */
        post: operations["Events_merge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/visitors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Issue */
        post: operations["Visitors_issue"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/visitors/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Erase */
        delete: operations["VisitorsPrivacy_erase"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/visitors/{id}/consent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Consent */
        get: operations["VisitorsPrivacy_consent"];
        /** Allow */
        put: operations["VisitorsPrivacy_allow"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/visitors/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Export */
        get: operations["VisitorsPrivacy_export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AdminSession: {
            expiresAt: string | null;
            /** @description Key that was signed in with */
            keyId: string | null;
            signedIn: boolean;
        };
        AdminSignIn: {
            /** @description An admin key */
            key: string;
        };
        AdminStatus: {
            catalogue: {
                embedded: number;
                fused: number;
                items: number;
                products: number;
                reviews: number;
                waiting: number;
                withPicture: number;
            };
            database: {
                /** @enum {string} */
                kind: "embedded" | "server";
                version: string;
            };
            events: {
                lastDay: number;
                people: number;
                total: number;
            };
            impressions: {
                lastDay: number;
            };
            jobs: {
                [key: string]: {
                    active: number;
                    failed: number;
                    waiting: number;
                };
            };
            memoryMB: number;
            /** @description Live version by kind */
            models: {
                [key: string]: string;
            };
            uptimeSeconds: number;
            version: string;
        };
        AudienceRequest: {
            /** @default [] */
            images?: components["schemas"]["Picture"][];
            /** @default [] */
            itemIds?: string[];
            /**
             * @description Cosine under which nobody is named
             * @default -1
             */
            least?: number;
            /**
             * @description How many, nearest first
             * @default 1000
             */
            limit?: number;
            /**
             * @description Signed-in users, or anonymous visitors
             * @default users
             * @enum {string}
             */
            people?: "users" | "visitors";
            text?: string;
        };
        AuditPage: {
            cursor: string | null;
            entries: {
                action: string;
                actor: string;
                at: string;
                detail: {
                    [key: string]: unknown;
                };
                key: number;
                subject: string | null;
            }[];
        };
        Backup: {
            /** @description The moment whose state it holds */
            at: string;
            bytes: number;
            /** @description Where it lies on the machine that made it */
            file: string;
            id: string;
            /** @description Pictures that the store did not have */
            missing: number;
            pictures: number;
            rows: {
                [key: string]: number;
            };
            /** @description Release that made it */
            version: string;
        };
        Backups: {
            backups: components["schemas"]["Backup"][];
        };
        BatchAnswer: {
            /** @description new or changed */
            accepted: number;
            ignored: number;
            reason?: string;
            rejected: {
                errors: components["schemas"]["FieldError"][];
                id?: string;
                /** @description counted from 1, blank lines too */
                line: number;
            }[];
            unchanged: number;
        };
        Because: {
            /** @description Position in the images of the call, counted from 0 */
            image?: number;
            imageId?: string;
            /** @description Picture of that item, counted from 0 */
            index?: number;
            itemId?: string;
            /** @description Seconds into the clip of the recommended item */
            segment?: {
                end: number;
                start: number;
            };
            text?: string;
            url?: string;
        };
        CatalogueMap: {
            at: string | null;
            /** @description Model whose vectors are shown */
            fusion: string | null;
            /** @description Items that have a vector */
            items: number;
            points: {
                category: string | null;
                id: string;
                image: string | null;
                title: string;
                /** @description 0 to 1 */
                x: number;
                /** @description 0 to 1 */
                y: number;
            }[];
            /** @description Why it failed */
            reason: string | null;
            /**
             * @description drawing: ask again; points of the map before stay
             * @enum {string}
             */
            state: "ready" | "drawing" | "failed" | "empty";
        };
        ClassifyAnswer: {
            /** @description Most probable first */
            results: {
                probability: number;
                score: number;
                text: string;
            }[];
            /** @description The model's own; probability = softmax(score / temperature) */
            temperature: number;
        };
        ClassifyRequest: {
            image: components["schemas"]["QueryPicture"];
            texts: string[];
        };
        Consent: {
            /**
             * Format: date-time
             * @description When it was said; an older statement never replaces a newer one
             */
            at?: string;
            /** @description May what this person does shape what they are shown? */
            personalization: boolean;
            /** @description May models learn from it? Like personalization when left out */
            training?: boolean;
        };
        ConsentingPeople: {
            /** @description Consenting people with events, ascending */
            ids: string[];
            last: string | null;
        };
        EmbeddingCoverage: {
            embedded: number;
            encoder: string;
            failed: number;
            items: number;
            waiting: number;
        };
        EmbeddingsAnswer: {
            dimension: number;
            images: number[][];
            model: string;
            texts: number[][];
        };
        EmbeddingsRequest: {
            images?: components["schemas"]["QueryPicture"][];
            texts?: string[];
        };
        ErasureList: {
            erasures: {
                at: string;
                counts: {
                    [key: string]: number;
                };
                hash: string;
                /** @enum {string} */
                kind: "user" | "visitor";
                previousHash: string | null;
                receiptId: string;
                subjectHash: string;
            }[];
        };
        ErasureReceipt: {
            at: string;
            counts: {
                [key: string]: number;
            };
            hash: string;
            /** @enum {string} */
            kind: "user" | "visitor";
            previousHash: string | null;
            receiptId: string;
            subjectHash: string;
            /** @description Its hash, and those of all receipts before it, are as they should be */
            verified: boolean;
        };
        Evaluation: {
            createdAt: string;
            dataWindow: {
                [key: string]: unknown;
            } | null;
            /** @enum {string} */
            kind: "encoder" | "fusion" | "behaviour" | "blend";
            /** @description On the held-back part, with intervals */
            metrics: {
                [key: string]: unknown;
            } | null;
            note: string | null;
            /** @enum {string} */
            state: "candidate" | "live" | "retired" | "rejected" | "failed";
            version: string;
        };
        Evaluations: {
            /** @description For the next page; null on the last */
            cursor: string | null;
            evaluations: components["schemas"]["Evaluation"][];
        };
        Event: {
            /**
             * Format: date-time
             * @description Now when left out
             */
            at?: string;
            consent?: {
                personalization: boolean;
            };
            /** @description 1–128 characters of any Unicode except control characters */
            id?: string;
            /** @description 1–128 characters of any Unicode except control characters */
            itemId?: string;
            itemIds?: string[];
            quantity?: number;
            query?: string;
            /** @description The recommendation it followed */
            requestId?: string;
            /** @description 1–128 characters of any Unicode except control characters */
            sessionId?: string;
            /** @enum {string} */
            type: "view" | "click" | "add_to_cart" | "remove_from_cart" | "wishlist" | "purchase" | "rating" | "search" | "dismiss" | "impression";
            /** @description 1–128 characters of any Unicode except control characters */
            userId?: string;
            /** @description Money spent, or the stars of a rating */
            value?: number;
            /** @description 1–128 characters of any Unicode except control characters */
            visitorId?: string;
        };
        EventAnswer: {
            /** @description New ones, committed */
            accepted: number;
            /** @description Ones that were not kept */
            ignored: number;
            /**
             * @description Why some were ignored
             * @constant
             */
            reason?: "no_consent";
            /** @description Ones whose id was known */
            unchanged: number;
        };
        Experiment: {
            /** @enum {string} */
            allocation: "split" | "thompson";
            arms: {
                models: {
                    behaviour?: string;
                    blend?: string;
                    fusion?: string;
                };
                name: string;
                /** @description Part of the visitors it gets now */
                share: number;
            }[];
            createdAt: string;
            /** @description 1–128 characters of any Unicode except control characters */
            id: string;
            /** @enum {string} */
            metric: "click" | "add_to_cart" | "purchase";
            minimumEffect: number;
            name: string;
            placement: string | null;
            startedAt: string | null;
            /** @enum {string} */
            state: "draft" | "running" | "stopped";
            stoppedAt: string | null;
            updatedAt: string;
        };
        ExperimentArm: {
            /** @description Nothing: as it is served without the experiment */
            models?: components["schemas"]["ExperimentArmModels"];
            name: string;
            /** @description Part of the visitors under allocation `split`; even when left out */
            share?: number;
        };
        ExperimentArmModels: {
            /** @description Version of a behaviour model in the registry; the live one when left out */
            behaviour?: string;
            /** @description Version of a blend in the registry; the live one when left out */
            blend?: string;
            /** @description Version of a fusion model in the registry; the live one when left out. Its vectors are held in memory beside the live ones: catalogues up to 20,000 items */
            fusion?: string;
        };
        ExperimentInput: {
            /**
             * @description split: fixed shares, for a comparison. thompson: a bandit gives more visitors to what does better
             * @enum {string}
             */
            allocation?: "split" | "thompson";
            arms: components["schemas"]["ExperimentArm"][];
            /**
             * @description What a visitor has to do to count as won; click when left out
             * @enum {string}
             */
            metric?: "click" | "add_to_cart" | "purchase";
            /** @description Smallest relative change worth knowing of; .1 (a tenth more) when left out */
            minimumEffect?: number;
            /** @description For people; the id when left out */
            name?: string;
            /** @description Where it holds; everywhere when left out */
            placement?: string | null;
            /**
             * @description running when left out
             * @enum {string}
             */
            state?: "draft" | "running" | "stopped";
        };
        ExperimentResult: {
            /** @enum {string} */
            allocation: "split" | "thompson";
            arms: {
                /** @description Those of them who did what the metric names */
                converted: number;
                /** @description Different visitors who saw a list of this arm */
                exposed: number;
                impressions: number;
                name: string;
                /** @description That this arm is the best of them, by the bandit’s beliefs */
                probabilityBest: number;
                /** @description converted / exposed with Wilson’s 95 % interval */
                rate: {
                    high: number;
                    low: number;
                    value: number;
                };
                /** @description Part of the visitors it gets now */
                share: number;
            }[];
            /** @description To the first arm; low and high are always valid: they may be looked at at any time */
            differences: {
                arm: string;
                baseline: string;
                /** @description The usual 95 % interval: right for one look at a size fixed before */
                fixed: {
                    high: number;
                    low: number;
                    value: number;
                };
                high: number;
                low: number;
                value: number;
                /** @enum {string} */
                verdict: "better" | "worse" | "undecided";
            }[];
            id: string;
            /** @enum {string} */
            metric: "click" | "add_to_cart" | "purchase";
            notes: string[];
            /** @description Rate a visitor if this arm alone were served: self-normalised inverse propensity, right under a bandit too; arms with too little are left out */
            offPolicy: {
                arm: string;
                /** @description Effective sample size */
                effective: number;
                high: number;
                low: number;
                value: number;
            }[];
            sampleSize: {
                baseRate: number | null;
                minimumEffect: number;
                /** @description Visitors an arm needs to see that effect with always-valid intervals, power .8 */
                perArm: number | null;
                /** @description The same for a single look at the end */
                perArmFixed: number | null;
                /** @description Exposed visitors of the smallest arm ÷ perArm */
                reached: number | null;
            };
            since: string | null;
            /** @enum {string} */
            state: "draft" | "running" | "stopped";
            until: string | null;
        };
        Experiments: {
            experiments: components["schemas"]["Experiment"][];
        };
        Feed: {
            createdAt: string;
            currency: string;
            everyMinutes: number;
            format: ("json-ld" | "ndjson" | "google-xml" | "shopify-csv" | "woocommerce-csv" | "google-tsv" | "csv") | null;
            /** @description Names are true, values masked */
            headers: {
                [key: string]: string;
            };
            id: string;
            /** @description Items that it gives */
            items: number;
            lastRun: components["schemas"]["FeedRun"] | null;
            mapping: {
                [key: string]: string;
            };
            name: string | null;
            nextRunAt: string | null;
            paused: boolean;
            /** @enum {string} */
            state: "waiting" | "running" | "paused";
            type: ("items" | "reviews" | "events") | null;
            updatedAt: string;
            url: string;
            /** @enum {string} */
            vanished: "discontinue" | "keep";
        };
        FeedInput: {
            /**
             * @description Of prices that carry none
             * @default USD
             */
            currency?: string;
            /**
             * @description Minutes between two polls, 1 to 10,080
             * @default 60
             */
            everyMinutes?: number;
            /**
             * @description Recognised by its first bytes when left out
             * @enum {string}
             */
            format?: "json-ld" | "ndjson" | "google-xml" | "shopify-csv" | "woocommerce-csv" | "google-tsv" | "csv";
            /**
             * @description Sent along, to the host of the address only: { "Authorization": "Basic …" }. Answers show `********` for each value; sent back like that it stays as it is. A name and password in `url` become such a header
             * @default {}
             */
            headers?: {
                [key: string]: string;
            };
            /**
             * @description Columns of a CSV that are named otherwise: { "title": "Name" }
             * @default {}
             */
            mapping?: {
                [key: string]: string;
            };
            /** @description What people call it */
            name?: string;
            /** @default false */
            paused?: boolean;
            /**
             * @description What the rows are, when their shape does not say
             * @enum {string}
             */
            type?: "items" | "reviews" | "events";
            /** @description http or https; public unless VITRINE_ALLOW_PRIVATE_URLS says otherwise. `https://NAME:PASSWORD@…` is taken apart: the password goes into `headers` */
            url: string;
            /**
             * @description What becomes of an item that the feed gave and gives no longer: discontinued, or left as it is
             * @default discontinue
             * @enum {string}
             */
            vanished?: "discontinue" | "keep";
        };
        FeedPatch: {
            /** @description Of prices that carry none */
            currency?: string;
            /** @description Minutes between two polls, 1 to 10,080 */
            everyMinutes?: number;
            format?: ("json-ld" | "ndjson" | "google-xml" | "shopify-csv" | "woocommerce-csv" | "google-tsv" | "csv") | null;
            /** @description Sent along, to the host of the address only: { "Authorization": "Basic …" }. Answers show `********` for each value; sent back like that it stays as it is. A name and password in `url` become such a header */
            headers?: {
                [key: string]: string;
            };
            /** @description Columns of a CSV that are named otherwise: { "title": "Name" } */
            mapping?: {
                [key: string]: string;
            };
            name?: string | null;
            paused?: boolean;
            type?: ("items" | "reviews" | "events") | null;
            /** @description http or https; public unless VITRINE_ALLOW_PRIVATE_URLS says otherwise. `https://NAME:PASSWORD@…` is taken apart: the password goes into `headers` */
            url?: string;
            /**
             * @description What becomes of an item that the feed gave and gives no longer: discontinued, or left as it is
             * @enum {string}
             */
            vanished?: "discontinue" | "keep";
        };
        FeedRun: {
            accepted: number;
            /** @description Items that had vanished from the feed */
            discontinued: number;
            finishedAt: string;
            /** @description Its counts and refused rows: `GET /v1/admin/imports/{id}` */
            importId: string | null;
            message: string | null;
            /**
             * @description `unchanged`: the address says nothing is new. `suspicious`: taken in, but nothing was discontinued; `message` says why
             * @enum {string}
             */
            outcome: "done" | "unchanged" | "suspicious" | "failed";
            read: number;
            rejected: number;
            startedAt: string;
            unchanged: number;
        };
        FeedRunRequest: {
            /**
             * @description Read it whole, and discontinue what vanished however much it is: the answer to a suspicious run
             * @default false
             */
            accept?: boolean;
        };
        Feeds: {
            feeds: components["schemas"]["Feed"][];
        };
        /** @description One wrong value, by dotted path */
        FieldError: {
            message: string;
            path: string;
            received?: unknown;
        };
        /**
         * @description Fields (all must hold): id, groupId, brand, tags, category, price, publishedAt, availability, attributes.NAME, and, or, not. A condition is a value (equals) or an object of eq, ne, in, notIn, lt, lte, gt, gte, exists, under (category path prefix). and, or take lists of filters, not takes one.
         * @example {
         *       "price": {
         *         "lte": 80
         *       },
         *       "category": {
         *         "under": "Women"
         *       },
         *       "availability": "in_stock"
         *     }
         * @example {
         *       "or": [
         *         {
         *           "brand": "Acme"
         *         },
         *         {
         *           "attributes.colour": {
         *             "in": [
         *               "red",
         *               "green"
         *             ]
         *           }
         *         }
         *       ]
         *     }
         */
        Filter: {
            [key: string]: unknown;
        };
        Health: {
            missing?: {
                [key: string]: string;
            };
            /** @enum {string} */
            status: "ok" | "waiting";
        };
        Import: {
            accepted: number;
            finishedAt: string | null;
            format: string | null;
            id: string;
            ignored: number;
            /** @enum {string} */
            kind: "items" | "reviews" | "events" | "mixed";
            message: string | null;
            read: number;
            /** @description How many rows were refused; `GET …/rejected` names them */
            rejected: number;
            source: string;
            startedAt: string;
            /** @enum {string} */
            state: "running" | "done" | "failed";
            unchanged: number;
            updatedAt: string;
        };
        ImportReport: {
            accepted: number;
            /** Format: date-time */
            finishedAt?: string;
            format?: string;
            ignored: number;
            /** @enum {string} */
            kind: "items" | "reviews" | "events" | "mixed";
            /** @description Why it failed */
            message?: string;
            read: number;
            rejected: components["schemas"]["RejectedRow"][];
            /** @description All of them, where `rejected` holds only the first */
            rejectedCount?: number;
            /** @description File, address or call the rows come from */
            source: string;
            /** Format: date-time */
            startedAt?: string;
            /** @enum {string} */
            state: "running" | "done" | "failed";
            unchanged: number;
        };
        Imports: {
            cursor: string | null;
            /** @description Items that wait to be embedded */
            due: number;
            imports: components["schemas"]["Import"][];
        };
        IndexBuild: {
            recall: components["schemas"]["IndexRecall"] | null;
            tookOver: boolean;
        };
        Indexes: {
            catalogue: number;
            /** @enum {string} */
            configured: "exact" | "hnsw" | "pgvector" | "weaviate";
            degraded: string | null;
            dimension: number | null;
            fusion: string | null;
            generations: {
                adapter: string;
                createdAt: string;
                fusion: string;
                items: number;
                key: number;
                liveAt: string | null;
                recall: {
                    [key: string]: unknown;
                } | null;
                /** @enum {string} */
                state: "building" | "live" | "retired" | "failed";
            }[];
            isRebuilding: boolean;
            items: number;
            pending: number;
            recall: components["schemas"]["IndexRecall"] | null;
            refusedSnapshot: string | null;
            /** @enum {string} */
            serving: "exact" | "hnsw" | "pgvector" | "weaviate";
            vectorBytes: {
                [key: string]: number;
            };
            warmStart: boolean;
            waste: number;
        };
        IndexRecall: {
            at: number;
            high: number;
            low: number;
            queries: number;
            value: number;
        };
        IndexVerification: {
            recall: components["schemas"]["IndexRecall"] | null;
        };
        Item: {
            attributes?: {
                [key: string]: string | number | boolean | string[];
            };
            /**
             * @description in_stock when left out
             * @enum {string}
             */
            availability?: "in_stock" | "out_of_stock" | "preorder" | "discontinued";
            brand?: string;
            /** @description Paths such as "Women > Tops" */
            categories?: string[];
            description?: string;
            /** @description Shared by the variants of one product */
            groupId?: string;
            /** @description 1–128 characters of any Unicode except control characters */
            id: string;
            images?: components["schemas"]["PictureInput"][];
            language?: string;
            price?: components["schemas"]["Money"];
            /**
             * Format: date-time
             * @description Not recommended before this time
             */
            publishedAt?: string;
            sku?: string;
            tags?: string[];
            title: string;
            url?: string;
            video?: {
                /** @description WebVTT: its address, or the text itself */
                captions?: string;
                /** @description Where the clip is */
                url: string;
            };
        };
        ItemBody: {
            attributes?: {
                [key: string]: string | number | boolean | string[];
            };
            /**
             * @description in_stock when left out
             * @enum {string}
             */
            availability?: "in_stock" | "out_of_stock" | "preorder" | "discontinued";
            brand?: string;
            /** @description Paths such as "Women > Tops" */
            categories?: string[];
            description?: string;
            /** @description Shared by the variants of one product */
            groupId?: string;
            /** @description 1–128 characters of any Unicode except control characters */
            id?: string;
            images?: components["schemas"]["PictureInput"][];
            language?: string;
            price?: components["schemas"]["Money"];
            /**
             * Format: date-time
             * @description Not recommended before this time
             */
            publishedAt?: string;
            sku?: string;
            tags?: string[];
            title: string;
            url?: string;
            video?: {
                /** @description WebVTT: its address, or the text itself */
                captions?: string;
                /** @description Where the clip is */
                url: string;
            };
        };
        ItemPage: {
            cursor: string | null;
            items: (components["schemas"]["StoredItem"] | components["schemas"]["PublicItem"])[];
        };
        /** @description Fields of an item; null removes a field; objects are merged, lists replaced. */
        ItemPatch: {
            [key: string]: unknown;
        };
        ItemStatus: {
            modalities: {
                [key: string]: "ready" | "pending" | "failed" | "absent";
            };
            problems: {
                at: string;
                code: string;
                detail: string;
            }[];
        };
        JobRetry: {
            /** @description Name of the job, as listed */
            name: string;
        };
        Jobs: {
            counts: {
                [key: string]: {
                    active: number;
                    failed: number;
                    waiting: number;
                };
            };
            failed: {
                data: unknown;
                error: string | null;
                failedAt: string | null;
                id: string;
                name: string;
            }[];
        };
        Key: {
            createdAt: string;
            id: string;
            lastUsedAt: string | null;
            name: string | null;
            origins: string[];
            readable: string | null;
            revokedAt: string | null;
            /** @enum {string} */
            role: "publishable" | "server" | "admin";
        };
        KeyInput: {
            name?: string;
            origins?: string[];
            /** @enum {string} */
            role: "publishable" | "server" | "admin";
        };
        MadeKey: {
            createdAt: string;
            id: string;
            /** @description Shown this once */
            key: string;
            lastUsedAt: string | null;
            name: string | null;
            origins: string[];
            readable: string | null;
            revokedAt: string | null;
            /** @enum {string} */
            role: "publishable" | "server" | "admin";
        };
        McpAnswer: {
            /** @constant */
            jsonrpc: "2.0";
        } & {
            [key: string]: unknown;
        };
        McpMessage: {
            [key: string]: unknown;
        } | {
            [key: string]: unknown;
        }[];
        Merge: {
            /** @description 1–128 characters of any Unicode except control characters */
            userId: string;
            /** @description 1–128 characters of any Unicode except control characters */
            visitorId: string;
        };
        Model: {
            createdAt: string;
            dataWindow: {
                [key: string]: unknown;
            } | null;
            /** @enum {string} */
            kind: "encoder" | "fusion" | "behaviour" | "blend";
            /** @description On the held-back part, with intervals */
            metrics: {
                [key: string]: unknown;
            } | null;
            note: string | null;
            /** @description For fusion models `weights` holds the shares of each modality */
            parameters: {
                [key: string]: unknown;
            };
            promotedAt: string | null;
            /** @description It saw people who have been erased since */
            stale: boolean;
            /** @enum {string} */
            state: "candidate" | "live" | "retired" | "rejected" | "failed";
            version: string;
        };
        Models: {
            /** @description For the next page; null on the last */
            cursor: string | null;
            models: components["schemas"]["Model"][];
        };
        Money: {
            amount: number;
            currency: string;
        };
        PersonalDataExport: {
            at: string;
            people: {
                id: string;
                /** @enum {string} */
                kind: "user" | "visitor";
            }[];
            person: {
                id: string;
                /** @enum {string} */
                kind: "user" | "visitor";
            };
            sections: {
                [key: string]: unknown[];
            };
        };
        Picture: {
            /** @description Base64 */
            data?: string;
            /** @description From POST /v1/images */
            imageId?: string;
            /** @description Which of its pictures, counted from 0; with itemId only */
            index?: number;
            /** @description A picture of this item */
            itemId?: string;
            /** Format: uri */
            url?: string;
        };
        PictureInput: {
            /** @description What the picture shows, in words */
            alt?: string;
            /** @description The picture itself, base64 */
            data?: string;
            /** @description An upload of POST /v1/images */
            imageId?: string;
            /** @description Where the picture is fetched from */
            url?: string;
        };
        Placement: {
            /** @description home, product, cart, category, search, email, or a shop’s own */
            name: string;
            settings: components["schemas"]["PlacementSettings"];
            updatedAt: string;
        };
        PlacementList: {
            placements: components["schemas"]["Placement"][];
        };
        PlacementMetrics: {
            coverage: {
                recommendable: number;
                share: number;
                shown: number;
            };
            days: {
                clicks: number;
                clickThrough: number;
                /** @description 2026-11-24, or 2026-11-24T09 by hour; UTC */
                day: string;
                impressions: number;
                placement: string;
            }[];
            /** @description What people did, by day (or hour) and type */
            events: {
                count: number;
                day: string;
                type: string;
            }[];
        };
        PlacementSettings: {
            /** @description diversity when a request names none */
            diversity?: number;
            /** @description items when a request names no limit */
            limit?: number;
            /** @description heading of the list on pages */
            title?: string;
        };
        /** @description RFC 9457 problem details */
        Problem: {
            /** @description VIT_AREA_WHAT */
            code: string;
            detail: string;
            errors?: components["schemas"]["FieldError"][];
            instance: string;
            requestId: string;
            status: number;
            title: string;
            type: string;
        };
        PublicItem: {
            attributes: {
                [key: string]: string | number | boolean | string[];
            };
            /** @enum {string} */
            availability: "in_stock" | "out_of_stock" | "preorder" | "discontinued";
            brand?: string;
            categories: string[];
            description?: string;
            groupId?: string;
            id: string;
            images: {
                alt?: string;
                src: string;
            }[];
            language?: string;
            price?: {
                amount: number;
                currency: string;
            };
            publishedAt?: string;
            tags: string[];
            title: string;
            url?: string;
            video?: {
                url: string;
            };
        };
        QualityFinding: {
            advice: string;
            /** @enum {string} */
            code: "no_picture" | "picture_unreadable" | "picture_shared" | "text_thin" | "text_missing" | "no_category" | "no_price" | "review_repeated" | "events_bursting" | "events_without_item" | "exposure_uneven" | "ratings_skewed" | "visitors_underserved" | "review_burst" | "picture_similar" | "modality_drift";
            count: number;
            examples: {
                detail?: string;
                id: string;
            }[];
            /** @enum {string} */
            severity: "info" | "warning" | "error";
        };
        QualityReport: {
            at: string;
            findings: components["schemas"]["QualityFinding"][];
            items: number;
        };
        QueryPicture: {
            /** @description The picture itself, base64 */
            data?: string;
            /** @description An upload of POST /v1/images */
            imageId?: string;
            /** @description Which picture of the item, counted from 0 */
            index?: number;
            /** @description An item whose picture is meant */
            itemId?: string;
            /** @description Where the picture is fetched from */
            url?: string;
        };
        RecommendationAnswer: {
            debug?: {
                candidates: number;
                milliseconds: number;
                /** @enum {string} */
                plan: "exact" | "graph" | "pgvector" | "weaviate";
                selectivity: number;
                /** @description Milliseconds by step */
                steps: {
                    [key: string]: number;
                };
                /** @description Weight of each source in this call */
                weights: {
                    [key: string]: number;
                };
            };
            fallback: ("no_history" | "no_consent" | "empty_catalogue" | "index_unavailable") | null;
            items: components["schemas"]["RecommendedItem"][];
            model: {
                behaviour: string;
                blend: string;
                encoder: string;
                fusion: string;
                index: string;
            };
            personalized: boolean;
            placement: string;
            requestId: string;
            tookMs: number;
            warnings: string[];
        };
        /**
         * @example {
         *       "placement": "product",
         *       "visitorId": "v1",
         *       "sessionId": "s1",
         *       "context": {
         *         "itemIds": [
         *           "p7"
         *         ],
         *         "images": [
         *           {
         *             "itemId": "p7",
         *             "index": 2
         *           }
         *         ],
         *         "text": "for a summer wedding"
         *       },
         *       "negatives": {
         *         "itemIds": [
         *           "p9"
         *         ],
         *         "text": "no heels"
         *       },
         *       "emphasis": {
         *         "images": 1,
         *         "text": 1,
         *         "history": 1
         *       },
         *       "filter": {
         *         "price": {
         *           "lte": 80
         *         },
         *         "category": {
         *           "under": "Women"
         *         }
         *       },
         *       "limit": 12,
         *       "consent": {
         *         "personalization": true
         *       }
         *     }
         */
        RecommendationRequest: {
            consent?: {
                personalization: boolean;
            };
            context?: {
                /** @default [] */
                images?: components["schemas"]["Picture"][];
                /** @default [] */
                itemIds?: string[];
                text?: string;
            };
            /**
             * @description Server key only
             * @default false
             */
            debug?: boolean;
            /** @description .2 when left out, 0 for search */
            diversity?: number;
            emphasis?: {
                /** @default 1 */
                history?: number;
                /** @default 1 */
                images?: number;
                /** @default 1 */
                text?: number;
            };
            /** @default [] */
            excludeIds?: string[];
            /**
             * @description false leaves reasons and penalties out
             * @default true
             */
            explain?: boolean;
            filter?: components["schemas"]["Filter"];
            /** @default false */
            includePurchased?: boolean;
            /** @description 12 when left out and nothing is set for the placement */
            limit?: number;
            negatives?: {
                /** @default [] */
                images?: components["schemas"]["Picture"][];
                /** @default [] */
                itemIds?: string[];
                text?: string;
            };
            /** @description home, product, cart, category, search, email, or one of your own */
            placement: string;
            /** @description 1–128 characters of any Unicode except control characters */
            sessionId?: string;
            /** @description 1–128 characters of any Unicode except control characters */
            userId?: string;
            /** @description 1–128 characters of any Unicode except control characters */
            visitorId?: string;
        };
        RecommendedItem: {
            id: string;
            item: {
                /** @enum {string} */
                availability: "in_stock" | "out_of_stock" | "preorder" | "discontinued";
                image: string | null;
                price: {
                    amount: number;
                    currency: string;
                } | null;
                title: string;
                url: string | null;
            };
            /** @description What lowered the score */
            penalties?: {
                amount: number;
                /** @enum {string} */
                source: "negatives" | "dismissed" | "variant" | "popularity" | "rule";
            }[];
            /** @enum {string} */
            placedBy: "score" | "diversity" | "rule" | "exploration";
            rank: number;
            /** @description Shares of what raised the score; they add up to 1 */
            reasons?: {
                because?: components["schemas"]["Because"];
                share: number;
                /** @enum {string} */
                source: "context.image" | "context.item" | "context.text" | "history" | "behaviour" | "session" | "together" | "popular" | "new" | "rule";
            }[];
            score: number;
        };
        RejectedRow: {
            errors: components["schemas"]["FieldError"][];
            file?: string;
            id?: string;
            /** @description Counted from 1, blank lines too */
            line: number;
        };
        RetriedJob: {
            id: string;
            /** @constant */
            state: "waiting";
        };
        Review: {
            author?: string;
            /** Format: date-time */
            createdAt?: string;
            /** @description How many found it helpful */
            helpful?: number;
            /** @description 1–128 characters of any Unicode except control characters */
            id: string;
            /** @description 1–128 characters of any Unicode except control characters */
            itemId: string;
            language?: string;
            rating?: number;
            text: string;
            title?: string;
        };
        ReviewBody: {
            author?: string;
            /** Format: date-time */
            createdAt?: string;
            /** @description How many found it helpful */
            helpful?: number;
            /** @description 1–128 characters of any Unicode except control characters */
            id?: string;
            /** @description 1–128 characters of any Unicode except control characters */
            itemId?: string;
            language?: string;
            rating?: number;
            text: string;
            title?: string;
        };
        ReviewPage: {
            cursor: string | null;
            reviews: components["schemas"]["Review"][];
        };
        Rule: {
            active: boolean;
            amount: number | null;
            createdAt: string;
            endsAt: string | null;
            filter: {
                [key: string]: unknown;
            } | null;
            /** @description 1–128 characters of any Unicode except control characters */
            id: string;
            itemIds: string[];
            /** @enum {string} */
            kind: "pin" | "boost" | "bury" | "exclude";
            note: string | null;
            placement: string | null;
            position: number | null;
            startsAt: string | null;
            updatedAt: string;
        };
        RuleInput: {
            /** @description true when absent */
            active?: boolean;
            /** @description boost and bury: share of the best score that is added or taken; .3 when absent */
            amount?: number | null;
            endsAt?: string | null;
            /** @description the items it is about, as in a recommendation request */
            filter?: {
                [key: string]: unknown;
            } | null;
            /** @description items it is about, one by one; pinned in this order */
            itemIds?: string[];
            /** @enum {string} */
            kind: "pin" | "boost" | "bury" | "exclude";
            note?: string | null;
            /** @description where it holds; everywhere when absent */
            placement?: string | null;
            /** @description pin: place in the list; 1 when absent */
            position?: number | null;
            startsAt?: string | null;
        };
        RuleList: {
            cursor: string | null;
            rules: components["schemas"]["Rule"][];
        };
        /**
         * @example {
         *       "text": "a warm jacket for the rain",
         *       "limit": 12
         *     }
         */
        SearchRequest: {
            filter?: components["schemas"]["Filter"];
            /** @default [] */
            images?: components["schemas"]["Picture"][];
            /** @description 12 when left out and nothing is set for the placement */
            limit?: number;
            negatives?: {
                /** @default [] */
                images?: components["schemas"]["Picture"][];
                /** @default [] */
                itemIds?: string[];
                text?: string;
            };
            text?: string;
        };
        Segment: {
            examples: {
                id: string;
                image: string | null;
                /** @description People of the segment who like it; null when they are too few to be told, and for products */
                likedBy: number | null;
                price: {
                    amount: number;
                    currency: string;
                } | null;
                title: string;
            }[];
            /** @description 1 is the largest */
            id: number;
            /** @description Its nearest words */
            name: string;
            /** @description Of all that are in segments, 0 to 1 */
            share: number;
            size: number;
            /** @description Nearest words with how much nearer they are to it than to the whole catalogue, in cosine */
            words: {
                kind: {
                    score: number;
                    word: string;
                }[];
                material: {
                    score: number;
                    word: string;
                }[];
                mood: {
                    score: number;
                    word: string;
                }[];
                style: {
                    score: number;
                    word: string;
                }[];
            };
        };
        Segments: {
            /** @description No segment is smaller: in none can anybody be singled out */
            leastSize: number;
            /** @description How many of them were looked at; a sample when there are very many */
            looked: number;
            madeAt: string;
            /** @description Why there are none */
            note: string | null;
            /** @enum {string} */
            of: "users" | "items";
            segments: components["schemas"]["Segment"][];
            /** @description Users who agreed and like something, or products with a vector */
            total: number;
        };
        StoredConsent: {
            at: string | null;
            /** @description null: never said */
            personalization: boolean | null;
            training: boolean | null;
        };
        StoredItem: {
            attributes: {
                [key: string]: string | number | boolean | string[];
            };
            /** @enum {string} */
            availability: "in_stock" | "out_of_stock" | "preorder" | "discontinued";
            brand?: string;
            categories: string[];
            createdAt: string;
            description?: string;
            groupId?: string;
            id: string;
            images: components["schemas"]["StoredPicture"][];
            language?: string;
            price?: {
                amount: number;
                currency: string;
            };
            publishedAt?: string;
            sku?: string;
            status: components["schemas"]["ItemStatus"];
            tags: string[];
            title: string;
            updatedAt: string;
            url?: string;
            video?: {
                captions?: string;
                url: string;
            };
        };
        StoredPicture: {
            alt?: string;
            file?: string;
            imageId?: string;
            src?: string;
            /** @enum {string} */
            state: "pending" | "ready" | "failed";
            url?: string;
        };
        StoredVector: {
            dimension: number;
            itemId: string;
            modality: string;
        };
        Traffic: {
            minutes: {
                at: string;
                /** @description Answered with 5xx */
                failed: number;
                /** @description Recommendations and searches among them */
                lists: number;
                /** @description Milliseconds of a recommendation or search, median */
                p50: number | null;
                p95: number | null;
                /** @description Calls under /v1 */
                requests: number;
            }[];
            /** @description Start of this process */
            since: string;
        };
        TrainingRequest: {
            /** @description What to learn; everything by default */
            kinds?: ("fusion" | "behaviour" | "blend")[];
            reason?: string;
            /** @description Events of this many days; 180 by default */
            windowDays?: number;
        };
        TrainingRun: {
            createdAt: string;
            id: string;
            progress: number;
            /** @description Why it failed or was skipped */
            reason: string | null;
            request: {
                [key: string]: unknown;
            };
            result: {
                [key: string]: unknown;
            } | null;
            /** @enum {string} */
            state: "queued" | "running" | "done" | "failed" | "skipped";
            step: string | null;
            updatedAt: string;
        };
        TrainingRuns: {
            runs: components["schemas"]["TrainingRun"][];
        };
        /**
         * @example {
         *       "request": {
         *         "placement": "product",
         *         "context": {
         *           "itemIds": [
         *             "p7"
         *           ]
         *         },
         *         "limit": 12
         *       },
         *       "models": {
         *         "blend": "default-blend-1"
         *       },
         *       "rule": {
         *         "kind": "boost",
         *         "filter": {
         *           "brand": "Acme"
         *         },
         *         "amount": 0.3
         *       }
         *     }
         */
        TryOutRequest: {
            models?: {
                /** @description Version of a stored behaviour model; the live one when left out */
                behaviour?: string;
                /** @description Version of a stored blend; the live one when left out */
                blend?: string;
                /** @description Version of a stored fusion model; the live one when left out */
                fusion?: string;
            };
            request: components["schemas"]["RecommendationRequest"];
            /** @description A draft that holds in this answer alone, beside the stored rules */
            rule?: components["schemas"]["RuleInput"];
            /** @description Stored rules to be left out */
            withoutRules?: string[];
        };
        /** @description Browse with it as { imageId } until it expires */
        Upload: {
            expiresAt: string;
            height: number;
            imageId: string;
            width: number;
        };
        VectorBody: {
            vector: number[];
        };
        VisitorToken: {
            /** @description Send it as the header Vitrine-Visitor */
            token: string;
            visitorId: string;
        };
        Webhook: {
            active: boolean;
            createdAt: string;
            events: ("item.failed" | "model.promoted" | "erasure.done")[];
            id: string;
            name: string | null;
            /** @description Why it was switched off by itself */
            note: string | null;
            updatedAt: string;
            url: string;
        };
        WebhookDeliveries: {
            cursor: string | null;
            deliveries: components["schemas"]["WebhookDelivery"][];
        };
        WebhookDelivery: {
            attemptedAt: string | null;
            attempts: number;
            /** @description What is sent */
            body: unknown;
            createdAt: string;
            deliveredAt: string | null;
            /** @description Why the last attempt failed */
            error: string | null;
            /** @description The `webhook-id` it is sent with */
            id: string;
            /**
             * @description `pending` is tried again; `failed` no longer
             * @enum {string}
             */
            state: "pending" | "delivered" | "failed";
            /** @description HTTP status of the last answer */
            status: number | null;
            type: string;
        };
        WebhookInput: {
            /** @default true */
            active?: boolean;
            /** @description What it is told of */
            events: ("item.failed" | "model.promoted" | "erasure.done")[];
            name?: string;
            /** @description http or https; public unless VITRINE_ALLOW_PRIVATE_URLS says otherwise. Redirects are not followed */
            url: string;
        };
        WebhookMade: {
            active: boolean;
            createdAt: string;
            events: ("item.failed" | "model.promoted" | "erasure.done")[];
            id: string;
            name: string | null;
            /** @description Why it was switched off by itself */
            note: string | null;
            /** @description `whsec_…`: signs what is sent. Shown this once */
            secret: string;
            updatedAt: string;
            url: string;
        };
        WebhookPatch: {
            active?: boolean;
            /** @description What it is told of */
            events?: ("item.failed" | "model.promoted" | "erasure.done")[];
            name?: string;
            /** @description http or https; public unless VITRINE_ALLOW_PRIVATE_URLS says otherwise. Redirects are not followed */
            url?: string;
        };
        Webhooks: {
            webhooks: components["schemas"]["Webhook"][];
        };
        WebhookSecret: {
            /** @description Until then the former secret signs too */
            formerUntil: string;
            /** @description `whsec_…`: signs what is sent. Shown this once */
            secret: string;
        };
        WebhookTest: {
            deliveryId: string;
        };
    };
    responses: {
        /** @description Problem details */
        Problem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    Health_live: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            400: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Health_ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            400: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Agents_message: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["McpMessage"];
                "application/merge-patch+json": components["schemas"]["McpMessage"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpAnswer"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Health_prometheus: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Campaigns_audience: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AudienceRequest"];
                "application/merge-patch+json": components["schemas"]["AudienceRequest"];
            };
        };
        responses: {
            /** @description NDJSON */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Access_entries: {
        parameters: {
            query?: {
                cursor?: number;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Backup_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backups"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Backup_make: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
                "application/merge-patch+json": Record<string, never>;
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backup"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Backup_remove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Embedding_coverage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmbeddingCoverage"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Embedding_backfill: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * @description Embed everything anew, not only what is missing
                     * @default false
                     */
                    all?: boolean;
                };
                "application/merge-patch+json": {
                    /**
                     * @description Embed everything anew, not only what is missing
                     * @default false
                     */
                    all?: boolean;
                };
            };
        };
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmbeddingCoverage"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Erasures_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasureList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Training_evaluations: {
        parameters: {
            query?: {
                /** @description From the page before */
                cursor?: string;
                kind?: "encoder" | "fusion" | "behaviour" | "blend";
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Evaluations"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Experiments_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Experiments"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Experiments_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Experiment"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Experiments_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example docs-first */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Blend of the start against the one that serves",
                 *       "placement": "email",
                 *       "state": "draft",
                 *       "arms": [
                 *         {
                 *           "name": "as served"
                 *         },
                 *         {
                 *           "name": "start",
                 *           "models": {
                 *             "blend": "default-blend-1"
                 *           }
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["ExperimentInput"];
                /**
                 * @example {
                 *       "name": "Blend of the start against the one that serves",
                 *       "placement": "email",
                 *       "state": "draft",
                 *       "arms": [
                 *         {
                 *           "name": "as served"
                 *         },
                 *         {
                 *           "name": "start",
                 *           "models": {
                 *             "blend": "default-blend-1"
                 *           }
                 *         }
                 *       ]
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["ExperimentInput"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Experiment"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Experiments_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Experiments_result: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExperimentResult"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Export_export: {
        parameters: {
            query?: {
                /** @description One kind; all when left out */
                type?: "items" | "reviews" | "events";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description NDJSON */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Feeds_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Feeds"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Feeds_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FeedInput"];
                "application/merge-patch+json": components["schemas"]["FeedInput"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Feed"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Feeds_read: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Feed"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Feeds_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FeedInput"];
                "application/merge-patch+json": components["schemas"]["FeedInput"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Feed"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Feeds_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Feeds_patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["FeedPatch"];
                "application/merge-patch+json": components["schemas"]["FeedPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Feed"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Feeds_run: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["FeedRunRequest"];
                "application/merge-patch+json": components["schemas"]["FeedRunRequest"];
            };
        };
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Feed"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Imports_list: {
        parameters: {
            query?: {
                /** @description From the page before */
                cursor?: string;
                /** @description How many, 1 to 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Imports"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Imports_read: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Import"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Imports_report: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImportReport"];
                "application/merge-patch+json": components["schemas"]["ImportReport"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Import"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Imports_rejected: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description NDJSON */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Indexes_status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Indexes"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Indexes_build: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IndexBuild"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Indexes_verify: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IndexVerification"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Admin_jobs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Jobs"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Admin_retry: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobRetry"];
                "application/merge-patch+json": components["schemas"]["JobRetry"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetriedJob"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Access_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        keys: components["schemas"]["Key"][];
                    };
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Access_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "role": "publishable",
                 *       "name": "made on the API page",
                 *       "origins": [
                 *         "https://shop.example"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["KeyInput"];
                /**
                 * @example {
                 *       "role": "publishable",
                 *       "name": "made on the API page",
                 *       "origins": [
                 *         "https://shop.example"
                 *       ]
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["KeyInput"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MadeKey"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Access_revoke: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Admin_map: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CatalogueMap"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Admin_redraw: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CatalogueMap"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Admin_metrics: {
        parameters: {
            query?: {
                /** @description day: the last 30 days. hour: the last two */
                by?: "day" | "hour";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlacementMetrics"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Training_models: {
        parameters: {
            query?: {
                /** @description From the page before */
                cursor?: string;
                kind?: "encoder" | "fusion" | "behaviour" | "blend";
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Models"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Training_model: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Training_promote: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Training_rollback: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    kind: "encoder" | "fusion" | "behaviour" | "blend";
                };
                "application/merge-patch+json": {
                    /** @enum {string} */
                    kind: "encoder" | "fusion" | "behaviour" | "blend";
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Campaigns_list: {
        parameters: {
            query?: {
                /** @description The last id of the page before */
                after?: string;
                limit?: number;
                people?: "users" | "visitors";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsentingPeople"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Merchandising_listPlacements: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlacementList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Merchandising_getPlacement: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Placement"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Merchandising_putPlacement: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example email */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "title": "Chosen for you",
                 *       "limit": 6
                 *     }
                 */
                "application/json": components["schemas"]["PlacementSettings"];
                /**
                 * @example {
                 *       "title": "Chosen for you",
                 *       "limit": 6
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["PlacementSettings"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Placement"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Merchandising_deletePlacement: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Admin_quality: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QualityReport"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Merchandising_listRules: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Merchandising_createRule: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "kind": "bury",
                 *       "placement": "email",
                 *       "filter": {
                 *         "price": {
                 *           "gte": 500
                 *         }
                 *       },
                 *       "amount": 0.2,
                 *       "note": "from the API page"
                 *     }
                 */
                "application/json": components["schemas"]["RuleInput"];
                /**
                 * @example {
                 *       "kind": "bury",
                 *       "placement": "email",
                 *       "filter": {
                 *         "price": {
                 *           "gte": 500
                 *         }
                 *       },
                 *       "amount": 0.2,
                 *       "note": "from the API page"
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["RuleInput"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rule"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Merchandising_getRule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rule"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Merchandising_putRule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleInput"];
                "application/merge-patch+json": components["schemas"]["RuleInput"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rule"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Merchandising_deleteRule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Campaigns_listSegments: {
        parameters: {
            query?: {
                /** @description How many segments at most; by their number when left out */
                count?: number;
                /** @description Products shown of each */
                examples?: number;
                /** @description Consenting users by what they like, or products by how they look and read */
                of?: "users" | "items";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Segments"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Session_read: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminSession"];
                };
            };
            400: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Session_open: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AdminSignIn"];
                "application/merge-patch+json": components["schemas"]["AdminSignIn"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminSession"];
                };
            };
            400: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Session_close: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Admin_status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminStatus"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Admin_traffic: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Traffic"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Training_runs: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainingRuns"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Training_start: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TrainingRequest"];
                "application/merge-patch+json": components["schemas"]["TrainingRequest"];
            };
        };
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainingRun"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Training_run: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainingRun"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    TryOut_ask: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "request": {
                 *         "placement": "product",
                 *         "context": {
                 *           "itemIds": [
                 *             "black-shell-armchair"
                 *           ]
                 *         },
                 *         "limit": 6
                 *       },
                 *       "models": {
                 *         "blend": "default-blend-1"
                 *       },
                 *       "rule": {
                 *         "kind": "boost",
                 *         "filter": {
                 *           "brand": "Corvid Studio"
                 *         },
                 *         "amount": 0.3
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["TryOutRequest"];
                /**
                 * @example {
                 *       "request": {
                 *         "placement": "product",
                 *         "context": {
                 *           "itemIds": [
                 *             "black-shell-armchair"
                 *           ]
                 *         },
                 *         "limit": 6
                 *       },
                 *       "models": {
                 *         "blend": "default-blend-1"
                 *       },
                 *       "rule": {
                 *         "kind": "boost",
                 *         "filter": {
                 *           "brand": "Corvid Studio"
                 *         },
                 *         "amount": 0.3
                 *       }
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["TryOutRequest"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecommendationAnswer"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Webhooks_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhooks"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Webhooks_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookInput"];
                "application/merge-patch+json": components["schemas"]["WebhookInput"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookMade"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Webhooks_read: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Webhooks_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Webhooks_patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["WebhookPatch"];
                "application/merge-patch+json": components["schemas"]["WebhookPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Webhooks_log: {
        parameters: {
            query?: {
                /** @description From the page before */
                cursor?: string;
                /** @description How many, 1 to 100 */
                limit?: number;
                state?: "pending" | "delivered" | "failed";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDeliveries"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Webhooks_retry: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                deliveryId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Webhooks_rotate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSecret"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Webhooks_test: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookTest"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Embedding_classify: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "image": {
                 *         "itemId": "black-shell-armchair",
                 *         "index": 0
                 *       },
                 *       "texts": [
                 *         "a photo of a chair",
                 *         "a photo of a shoe"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["ClassifyRequest"];
                /**
                 * @example {
                 *       "image": {
                 *         "itemId": "black-shell-armchair",
                 *         "index": 0
                 *       },
                 *       "texts": [
                 *         "a photo of a chair",
                 *         "a photo of a shoe"
                 *       ]
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["ClassifyRequest"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClassifyAnswer"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Embedding_embeddings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "texts": [
                 *         "a green plant in a white pot"
                 *       ],
                 *       "images": [
                 *         {
                 *           "itemId": "black-shell-armchair",
                 *           "index": 0
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["EmbeddingsRequest"];
                /**
                 * @example {
                 *       "texts": [
                 *         "a green plant in a white pot"
                 *       ],
                 *       "images": [
                 *         {
                 *           "itemId": "black-shell-armchair",
                 *           "index": 0
                 *         }
                 *       ]
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["EmbeddingsRequest"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmbeddingsAnswer"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Erasures_read: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                receiptId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasureReceipt"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Events_one: {
        parameters: {
            query?: never;
            header?: {
                /** @description Token of the visitor that a publishable key acts for */
                "Vitrine-Visitor"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "type": "view",
                 *       "userId": "docs-visitor",
                 *       "itemId": "black-shell-armchair",
                 *       "consent": {
                 *         "personalization": true
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["Event"];
                /**
                 * @example {
                 *       "type": "view",
                 *       "userId": "docs-visitor",
                 *       "itemId": "black-shell-armchair",
                 *       "consent": {
                 *         "personalization": true
                 *       }
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["Event"];
            };
        };
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventAnswer"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Events_batch: {
        parameters: {
            query?: {
                /** @description Say what would change, and change nothing */
                dryRun?: string;
                /** @description The batch is part of an import that is reported by `PUT /v1/admin/imports/{id}` */
                importId?: string;
            };
            header?: {
                /** @description Token of the visitor that a publishable key acts for */
                "Vitrine-Visitor"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /** @example {"type":"view","userId":"docs-visitor","itemId":"black-shell-armchair","consent":{"personalization":true}} */
                "application/jsonl": components["schemas"]["Event"];
                /** @example {"type":"view","userId":"docs-visitor","itemId":"black-shell-armchair","consent":{"personalization":true}} */
                "application/ndjson": components["schemas"]["Event"];
                /** @example {"type":"view","userId":"docs-visitor","itemId":"black-shell-armchair","consent":{"personalization":true}} */
                "application/x-ndjson": components["schemas"]["Event"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchAnswer"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Uploads_upload: {
        parameters: {
            query?: never;
            header?: {
                /** @description Token of the visitor that a publishable key acts for */
                "Vitrine-Visitor"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
                "image/*": string;
                "multipart/form-data": string;
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Items_list: {
        parameters: {
            query?: {
                /** @description From the page before */
                cursor?: string;
                /** @description How many, 1 to 100 */
                limit?: number;
            };
            header?: {
                /** @description Token of the visitor that a publishable key acts for */
                "Vitrine-Visitor"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ItemPage"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Items_read: {
        parameters: {
            query?: never;
            header?: {
                /** @description Token of the visitor that a publishable key acts for */
                "Vitrine-Visitor"?: string;
            };
            path: {
                /** @example black-shell-armchair */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredItem"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Items_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example docs-oak-stool */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "docs-oak-stool",
                 *       "title": "Oak stool",
                 *       "description": "A three-legged stool of oiled oak, 45 cm high.",
                 *       "categories": [
                 *         "Home & Garden > Furniture"
                 *       ],
                 *       "brand": "Docs",
                 *       "price": {
                 *         "amount": 49,
                 *         "currency": "EUR"
                 *       },
                 *       "availability": "in_stock"
                 *     }
                 */
                "application/json": components["schemas"]["ItemBody"];
                /**
                 * @example {
                 *       "id": "docs-oak-stool",
                 *       "title": "Oak stool",
                 *       "description": "A three-legged stool of oiled oak, 45 cm high.",
                 *       "categories": [
                 *         "Home & Garden > Furniture"
                 *       ],
                 *       "brand": "Docs",
                 *       "price": {
                 *         "amount": 49,
                 *         "currency": "EUR"
                 *       },
                 *       "availability": "in_stock"
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["ItemBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredItem"];
                };
            };
            /** @description It is new */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredItem"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Items_remove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Items_patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example docs-oak-stool */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "price": {
                 *         "amount": 39,
                 *         "currency": "EUR"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ItemPatch"];
                /**
                 * @example {
                 *       "price": {
                 *         "amount": 39,
                 *         "currency": "EUR"
                 *       }
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["ItemPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredItem"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Recommendation_together: {
        parameters: {
            query?: {
                /** @description A filter as JSON */
                filter?: string;
                /** @description How many; 12 when left out */
                limit?: number;
            };
            header?: {
                /** @description Token of the visitor that a publishable key acts for */
                "Vitrine-Visitor"?: string;
            };
            path: {
                /** @example black-shell-armchair */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecommendationAnswer"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Reviews_list: {
        parameters: {
            query?: {
                /** @description From the page before */
                cursor?: string;
                /** @description How many, 1 to 100 */
                limit?: number;
            };
            header?: never;
            path: {
                /** @example black-shell-armchair */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReviewPage"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Reviews_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example docs-oak-stool */
                id: string;
                /** @example docs-1 */
                reviewId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "docs-1",
                 *       "itemId": "docs-oak-stool",
                 *       "text": "Stands firmly on every floor.",
                 *       "rating": 5
                 *     }
                 */
                "application/json": components["schemas"]["ReviewBody"];
                /**
                 * @example {
                 *       "id": "docs-1",
                 *       "itemId": "docs-oak-stool",
                 *       "text": "Stands firmly on every floor.",
                 *       "rating": 5
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["ReviewBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Review"];
                };
            };
            /** @description It is new */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Review"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Reviews_remove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                reviewId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Recommendation_similar: {
        parameters: {
            query?: {
                /** @description A filter as JSON */
                filter?: string;
                /** @description How many; 12 when left out */
                limit?: number;
            };
            header?: {
                /** @description Token of the visitor that a publishable key acts for */
                "Vitrine-Visitor"?: string;
            };
            path: {
                /** @example black-shell-armchair */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecommendationAnswer"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Embedding_putVector: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example docs-oak-stool */
                id: string;
                /** @example scent */
                modality: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "vector": [
                 *         0.2,
                 *         0.4,
                 *         0.1
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["VectorBody"];
                /**
                 * @example {
                 *       "vector": [
                 *         0.2,
                 *         0.4,
                 *         0.1
                 *       ]
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["VectorBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredVector"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Embedding_deleteVector: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                modality: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Items_batch: {
        parameters: {
            query?: {
                /** @description Say what would change, and change nothing */
                dryRun?: string;
                /** @description The batch is part of an import that is reported by `PUT /v1/admin/imports/{id}` */
                importId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {"id":"docs-oak-stool","title":"Oak stool"}
                 *     {"id":"docs-ash-stool","title":"Ash stool"}
                 */
                "application/jsonl": components["schemas"]["Item"];
                /**
                 * @example {"id":"docs-oak-stool","title":"Oak stool"}
                 *     {"id":"docs-ash-stool","title":"Ash stool"}
                 */
                "application/ndjson": components["schemas"]["Item"];
                /**
                 * @example {"id":"docs-oak-stool","title":"Oak stool"}
                 *     {"id":"docs-ash-stool","title":"Ash stool"}
                 */
                "application/x-ndjson": components["schemas"]["Item"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchAnswer"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Pictures_read: {
        parameters: {
            query?: {
                /** @description Pixels; rounded up to one of 160, 320, 640, 960, 1280, never enlarged */
                width?: number;
            };
            header?: never;
            path: {
                hash: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The picture as WebP */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Recommendation_popular: {
        parameters: {
            query?: {
                /** @description A filter as JSON */
                filter?: string;
                /** @description How many; 12 when left out */
                limit?: number;
            };
            header?: {
                /** @description Token of the visitor that a publishable key acts for */
                "Vitrine-Visitor"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecommendationAnswer"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Recommendation_recommend: {
        parameters: {
            query?: never;
            header?: {
                /** @description Token of the visitor that a publishable key acts for */
                "Vitrine-Visitor"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "placement": "product",
                 *       "userId": "demo-shopper-017",
                 *       "context": {
                 *         "itemIds": [
                 *           "black-shell-armchair"
                 *         ],
                 *         "images": [
                 *           {
                 *             "itemId": "black-shell-armchair",
                 *             "index": 1
                 *           }
                 *         ],
                 *         "text": "for a small flat"
                 *       },
                 *       "negatives": {
                 *         "text": "no metal"
                 *       },
                 *       "emphasis": {
                 *         "images": 2,
                 *         "text": 1,
                 *         "history": 1
                 *       },
                 *       "filter": {
                 *         "price": {
                 *           "lte": 300
                 *         }
                 *       },
                 *       "limit": 6,
                 *       "consent": {
                 *         "personalization": true
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["RecommendationRequest"];
                /**
                 * @example {
                 *       "placement": "product",
                 *       "userId": "demo-shopper-017",
                 *       "context": {
                 *         "itemIds": [
                 *           "black-shell-armchair"
                 *         ],
                 *         "images": [
                 *           {
                 *             "itemId": "black-shell-armchair",
                 *             "index": 1
                 *           }
                 *         ],
                 *         "text": "for a small flat"
                 *       },
                 *       "negatives": {
                 *         "text": "no metal"
                 *       },
                 *       "emphasis": {
                 *         "images": 2,
                 *         "text": 1,
                 *         "history": 1
                 *       },
                 *       "filter": {
                 *         "price": {
                 *           "lte": 300
                 *         }
                 *       },
                 *       "limit": 6,
                 *       "consent": {
                 *         "personalization": true
                 *       }
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["RecommendationRequest"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecommendationAnswer"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Reviews_batch: {
        parameters: {
            query?: {
                /** @description Say what would change, and change nothing */
                dryRun?: string;
                /** @description The batch is part of an import that is reported by `PUT /v1/admin/imports/{id}` */
                importId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /** @example {"id":"docs-2","itemId":"docs-oak-stool","text":"Wobbles a little on tiles.","rating":3} */
                "application/jsonl": components["schemas"]["Review"];
                /** @example {"id":"docs-2","itemId":"docs-oak-stool","text":"Wobbles a little on tiles.","rating":3} */
                "application/ndjson": components["schemas"]["Review"];
                /** @example {"id":"docs-2","itemId":"docs-oak-stool","text":"Wobbles a little on tiles.","rating":3} */
                "application/x-ndjson": components["schemas"]["Review"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchAnswer"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Recommendation_search: {
        parameters: {
            query?: never;
            header?: {
                /** @description Token of the visitor that a publishable key acts for */
                "Vitrine-Visitor"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "text": "something green for the desk",
                 *       "images": [
                 *         {
                 *           "itemId": "black-shell-armchair",
                 *           "index": 0
                 *         }
                 *       ],
                 *       "limit": 6
                 *     }
                 */
                "application/json": components["schemas"]["SearchRequest"];
                /**
                 * @example {
                 *       "text": "something green for the desk",
                 *       "images": [
                 *         {
                 *           "itemId": "black-shell-armchair",
                 *           "index": 0
                 *         }
                 *       ],
                 *       "limit": 6
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["SearchRequest"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecommendationAnswer"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    UsersPrivacy_erase: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasureReceipt"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    UsersPrivacy_consent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example docs-visitor */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredConsent"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    UsersPrivacy_allow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example docs-visitor */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "personalization": true,
                 *       "training": false
                 *     }
                 */
                "application/json": components["schemas"]["Consent"];
                /**
                 * @example {
                 *       "personalization": true,
                 *       "training": false
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["Consent"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredConsent"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    UsersPrivacy_export: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example demo-shopper-017 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonalDataExport"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Events_merge: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "visitorId": "docs-browser",
                 *       "userId": "docs-visitor"
                 *     }
                 */
                "application/json": components["schemas"]["Merge"];
                /**
                 * @example {
                 *       "visitorId": "docs-browser",
                 *       "userId": "docs-visitor"
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["Merge"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Merge"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    Visitors_issue: {
        parameters: {
            query?: never;
            header?: {
                /** @description Token of the visitor that a publishable key acts for */
                "Vitrine-Visitor"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": Record<string, never>;
                /** @example {} */
                "application/merge-patch+json": Record<string, never>;
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VisitorToken"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    VisitorsPrivacy_erase: {
        parameters: {
            query?: never;
            header?: {
                /** @description Token of the visitor that a publishable key acts for */
                "Vitrine-Visitor"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasureReceipt"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    VisitorsPrivacy_consent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Token of the visitor that a publishable key acts for */
                "Vitrine-Visitor"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredConsent"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    VisitorsPrivacy_allow: {
        parameters: {
            query?: never;
            header?: {
                /** @description Token of the visitor that a publishable key acts for */
                "Vitrine-Visitor"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Consent"];
                "application/merge-patch+json": components["schemas"]["Consent"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredConsent"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    VisitorsPrivacy_export: {
        parameters: {
            query?: never;
            header?: {
                /** @description Token of the visitor that a publishable key acts for */
                "Vitrine-Visitor"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonalDataExport"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
}
