#!/bin/bash
# Makes an engine of a machine with a GPU, as docs/engines.md says, and keeps it running.
# The image has the driver, CUDA and the AWS command line. What is between @ is filled in.
set -euo pipefail

useradd --system --home-dir /var/lib/aldea --create-home --shell /usr/sbin/nologin aldea
chmod 0750 /var/lib/aldea
apt-get update
apt-get install --yes --no-install-recommends git python3-venv
python3 -m venv /opt/aldea
/opt/aldea/bin/pip install 'aldea[whisper] @ @SOURCE@' nvidia-ml-py
runuser -u aldea -- env ALDEA_MODELS_DIR=/var/lib/aldea/models /opt/aldea/bin/aldea models pull @MODEL@

# The token is fetched at each start, so that a restart takes a new one.
cat > /usr/local/sbin/aldea-engine-settings <<'SETTINGS'
#!/bin/bash
set -euo pipefail
umask 077
token=$(aws secretsmanager get-secret-value --region @REGION@ --secret-id @TOKEN_SECRET@ \
    --query SecretString --output text)
printf 'ALDEA_ENGINE_TOKEN=%s\n' "$token" > /run/aldea-engine.env
SETTINGS
chmod 0755 /usr/local/sbin/aldea-engine-settings

cat > /etc/systemd/system/aldea-engine.service <<'UNIT'
[Unit]
Description=Speech engine of Aldea
Wants=network-online.target
After=network-online.target

[Service]
User=aldea
WorkingDirectory=/var/lib/aldea
Environment=ALDEA_ENV=@ENVIRONMENT@
Environment=ALDEA_MODELS_DIR=/var/lib/aldea/models
Environment=ALDEA_WHISPER_MODEL=@MODEL@
Environment=CUDA_VISIBLE_DEVICES=0
Environment=LD_LIBRARY_PATH=/usr/local/cuda/lib64
ExecStartPre=+/usr/local/sbin/aldea-engine-settings
EnvironmentFile=-/run/aldea-engine.env
ExecStart=/opt/aldea/bin/aldea serve stt --port @PORT@
Restart=always
RestartSec=5
TimeoutStopSec=120
LimitNOFILE=65536
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=/var/lib/aldea
PrivateTmp=yes

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now aldea-engine.service
